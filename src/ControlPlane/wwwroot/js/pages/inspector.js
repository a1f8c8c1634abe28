// Frames taken apart, and put together again.
import { call } from "../core/api.js";
import { html, useState } from "../core/html.js";
import { copy } from "../core/toast.js";
import { Json } from "../form/editors.js";
import { Act, useAction } from "../parts/action.js";
import { Decoded } from "../parts/decoded.js";
import { Page, Panel } from "../parts/page.js";

const examples = {
  "SetupConnection": "0000003500000002000200010000000c706f6f6c2e6578616d706c65ce85064269746178650947616d6d612036303105322e362e31057269672d31",
  "SubmitSharesExtended": "00801b21000007000000290000000c000000aaaaaaaa4cbe026b000000200800000000002a11c7",
  "SetNewPrevHash": "008020300000070000000c0000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d61900000000002cbe026b19420317",
};

/** Frames one a line, or after each other with spaces: one to a line. */
const framesOf = text => text.split(/\n+/).map(line => line.replace(/^0x|[\s:,]/g, "")).filter(Boolean);

function Encoder() {
  const [message, setMessage] = useState({ message: "SubmitShares.Success", fields: { channel_id: 1, last_sequence_number: 5, new_submits_accepted_count: 4, new_shares_sum: 8192 } });
  const [hex, setHex] = useState("");
  const encode = async () => {
    const [{ frame, error }] = await call("frames/encode", "POST", { messages: [message] });
    if (error) throw new Error(error);
    setHex(frame);
  };
  return html`<${Panel} title="Encode" note="JSON as the other side shows it">
    <div class="stack">
      <label class="stack" for="encode-json">Message<${Json} id="encode-json" rows="9" value=${message} onChange=${value => setMessage(value ?? {})} /></label>
      <div class="row"><${Act} scope="read" work=${encode}>Encode<//></div>
      ${hex && html`<div class="string"><code>${hex}</code><button type="button" aria-label="Copy the frame" onclick=${() => copy(hex)}>Copy</button></div>`}
    </div>
  <//>`;
}

export function Inspector() {
  const [text, setText] = useState("");
  const [results, setResults] = useState(null);
  const { isBusy, error, run } = useAction();
  const decode = async event => {
    event?.preventDefault();
    const answer = await run(() => call("frames/decode", "POST", { frames: framesOf(text) }));
    if (answer) setResults(answer);
  };
  return html`<${Page} title="Frame inspector" intro="Plaintext frames in hex, header and payload, one a line. What came over an encrypted connection must be decrypted first.">
    <div class="columns">
      <${Panel} title="Decode">
        <form class="stack" onsubmit=${decode}>
          <label class="stack" for="frames">Frames in hex<textarea id="frames" rows="6" spellcheck="false" autocomplete="off" value=${text} oninput=${e => setText(e.target.value)} onkeydown=${e => e.key === "Enter" && (e.ctrlKey || e.metaKey) && decode()}></textarea></label>
          <div class="row">
            <button class="primary" disabled=${isBusy || framesOf(text).length === 0}>Decode</button>
            ${Object.entries(examples).map(([name, hex]) => html`<button type="button" class="small" key=${name} onclick=${() => setText(hex)}>${name}</button>`)}
          </div>
          ${error && html`<p class="bad" role="alert">${error.message}</p>`}
        </form>
        ${results && html`<div class="stack results" aria-live="polite">${results.map((r, i) => html`<${Decoded} key=${i} result=${r} />`)}</div>`}
      <//>
      <${Encoder} />
    </div>
  <//>`;
}
