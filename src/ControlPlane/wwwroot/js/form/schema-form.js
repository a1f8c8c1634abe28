// A form made from the JSON schema of a kind of role. It holds only the keys that were set; for all others the defaults count.
import { html, useMemo, useState } from "../core/html.js";
import { Json } from "./editors.js";
import { Fields } from "./group.js";
import { editorOf, problemsBelow } from "./schema.js";

const firstMost = 7;

/** What most people look at first: what must be set, what is set, and the first few plain keys. */
function split(schema, value) {
  const keys = Object.keys(schema.properties ?? {});
  const isFirst = (key, i) => {
    const own = schema.properties[key];
    return value?.[key] !== undefined || schema.required?.includes(key) || own.minItems > 0 || (i < firstMost && editorOf(own) !== "group");
  };
  const first = keys.filter(isFirst);
  return { first, more: keys.filter(key => !first.includes(key)) };
}

export function SchemaForm({ schema, value, onChange, problems = [], suggestions }) {
  const [asJson, setAsJson] = useState(false);
  const { first, more } = useMemo(() => split(schema, value), [schema]);
  const known = Object.keys(schema.properties ?? {});
  const elsewhere = problems.filter(p => !known.some(key => problemsBelow([p], key).length > 0));
  const rest = { path: "", schema, value, onChange, problems, suggestions };
  return html`
    ${elsewhere.length > 0 && html`<ul class="notice" role="alert">${elsewhere.map(p => html`<li key=${p.key + p.message}>${[p.key, p.message].filter(Boolean).join(": ")}${p.fix ? ` (${p.fix})` : ""}</li>`)}</ul>`}
    ${asJson
      ? html`<label class="stack" for="configuration-json">Configuration as JSON<${Json} id="configuration-json" value=${value} rows="16" onChange=${next => onChange(next ?? {})} /></label>`
      : html`<div class="fields"><${Fields} ...${rest} keys=${first} /></div>
        ${more.length > 0 && html`<details class="more-settings" open=${more.some(key => problemsBelow(problems, key).length > 0)}>
          <summary>More settings <span class="note">${more.length}</span></summary>
          <div class="fields"><${Fields} ...${rest} keys=${more} /></div>
        </details>`}`}
    <label class="row note"><input type="checkbox" checked=${asJson} onchange=${e => setAsJson(e.target.checked)} /> Edit as JSON</label>`;
}
