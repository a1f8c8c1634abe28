// A list of values: texts as rows, objects as groups.
import { html } from "../core/html.js";
import { editorOf } from "./schema.js";

export function List({ Field, path, schema, value, onChange, problems, suggestions, id }) {
  const items = value ?? (Array.isArray(schema.default) ? schema.default : []);
  const isGroup = editorOf(schema.items ?? {}) === "group";
  const put = list => onChange(list.length === 0 && !(schema.minItems > 0) ? undefined : list);
  const set = (i, item) => put(items.map((old, j) => j === i ? item ?? (isGroup ? {} : "") : old));
  const isFull = schema.maxItems !== undefined && items.length >= schema.maxItems;
  return html`<div class="list">
    ${items.map((item, i) => html`<div class="item" key=${i}>
      <${Field} name=${`${i + 1}`} path=${`${path}[${i}]`} schema=${{ ...schema.items, description: isGroup ? schema.items.description : undefined }}
        value=${item} onChange=${next => set(i, next)} problems=${problems} suggestions=${suggestions} isOpen=${true} />
      <button type="button" class="small" aria-label=${`Remove number ${i + 1} of ${path}`} onclick=${() => put(items.filter((_, j) => j !== i))}>Remove</button>
    </div>`)}
    <button type="button" class="small" id=${id} disabled=${isFull} aria-label=${`Add to ${path}`} onclick=${() => put([...items, isGroup ? {} : suggestions?.(path)[0]?.text ?? ""])}>Add</button>
  </div>`;
}
