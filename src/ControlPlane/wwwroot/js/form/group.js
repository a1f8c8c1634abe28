// Keys that belong together, folded away until they are needed.
import { html } from "../core/html.js";
import { words } from "../core/units.js";
import { Field } from "./field.js";
import { isNullable, problemsAt, problemsBelow, withKey } from "./schema.js";

export function Fields({ path, schema, value, onChange, problems, suggestions, keys }) {
  return (keys ?? Object.keys(schema.properties)).map(key => html`<${Field} key=${key} name=${key} path=${path ? `${path}.${key}` : key}
    schema=${schema.properties[key]} value=${value?.[key]} onChange=${next => onChange(withKey(value, key, next))}
    problems=${problems} suggestions=${suggestions} />`);
}

export function Group(props) {
  const { name, path, schema, value, onChange, problems, isOpen } = props;
  const isSet = value !== undefined && value !== null;
  const optional = isNullable(schema);
  const isWrong = problemsBelow(problems, path).length > 0;
  return html`<details class="group" open=${isOpen || isSet || isWrong} data-key=${path}>
    <summary>${words(name)}${isSet ? "" : html` <span class="note">${optional ? "not used" : "as usual"}</span>`}</summary>
    ${schema.description && html`<p class="note">${schema.description}</p>`}
    ${problemsAt(problems, path).map(p => html`<p class="bad" key=${p.message}>${p.message}${p.fix ? ` (${p.fix})` : ""}</p>`)}
    ${optional && html`<label class="row"><input type="checkbox" checked=${isSet} onchange=${e => onChange(e.target.checked ? {} : undefined)} /> Use it</label>`}
    ${(isSet || !optional) && html`<${Fields} ...${props} value=${value ?? {}} />`}
  </details>`;
}
