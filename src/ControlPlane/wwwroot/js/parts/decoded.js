// One decoded frame.
import { html } from "../core/html.js";

const hex = (n, digits) => `0x${n.toString(16).padStart(digits, "0")}`;

function Value({ of: value }) {
  if (Array.isArray(value)) return value.length === 0 ? html`<span class="note">empty</span>` : html`<ol class="hashes">${value.map((v, i) => html`<li key=${i}><${Value} of=${v} /></li>`)}</ol>`;
  if (value !== null && typeof value === "object") return html`<${Fields} of=${value} />`;
  return value === "" ? html`<span class="note">empty</span>` : html`<code>${String(value)}</code>`;
}

const Fields = ({ of: fields }) => html`<dl class="facts fields-of">${Object.entries(fields).map(([name, value]) => html`<dt key=${name}><code>${name}</code></dt><dd key=${`${name}=`}><${Value} of=${value} /></dd>`)}</dl>`;

export function Decoded({ result: { decoded, error } }) {
  const problem = error ?? decoded?.error;
  const { message, protocol, extension_type: extension, msg_type: type, channel_msg: forChannel, fields, tlvs, payload } = decoded ?? {};
  return html`<article class="decoded" aria-label=${message ?? "Frame"}>
    <header><h3>${message ?? (problem ? "Not readable" : "Unknown message")}</h3>
      ${type !== undefined && html`<span class="note">${protocol && `${protocol}, `}type ${hex(type, 2)}, extension ${hex(extension, 4)}${forChannel ? ", for a channel" : ""}</span>`}</header>
    ${problem && html`<p class="bad" role="alert">${problem}</p>`}
    ${fields && html`<${Fields} of=${fields} />`}
    ${payload && html`<${Fields} of=${{ payload }} />`}
    ${tlvs?.length > 0 && html`<h4>TLVs</h4><${Value} of=${tlvs} />`}
    ${decoded && html`<details><summary>JSON</summary><pre tabindex="0">${JSON.stringify(decoded, null, 2)}</pre></details>`}
  </article>`;
}
