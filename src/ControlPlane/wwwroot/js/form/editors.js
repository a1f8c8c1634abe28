// Editors of single values. A value of undefined means: not set, the default counts.
import { html, useState } from "../core/html.js";
import { formats, isNullable } from "./schema.js";

const common = (id, isWrong) => ({ id, "aria-describedby": `${id}-help`, "aria-invalid": isWrong ? "true" : undefined });

export function Text({ id, isWrong, path, schema, value, onChange, suggestions }) {
  const options = suggestions?.(path) ?? [];
  return html`<div>
    <input ...${common(id, isWrong)} type=${schema.writeOnly ? "password" : "text"} autocomplete=${schema.writeOnly ? "new-password" : "off"} spellcheck="false"
      maxlength=${schema.maxLength} list=${options.length > 0 ? `${id}-list` : undefined} value=${value ?? ""}
      placeholder=${schema.default || formats[schema.format] || ""}
      oninput=${e => onChange(e.target.value === "" && (schema.default !== undefined || isNullable(schema)) ? undefined : e.target.value)} />
    ${options.length > 0 && html`<datalist id=${`${id}-list`}>${options.map(o => html`<option key=${o.text} value=${o.text}>${o.name}</option>`)}</datalist>`}
  </div>`;
}

export const Number = ({ id, isWrong, schema, value, onChange }) => html`<input ...${common(id, isWrong)} type="number"
  step=${schema.type === "integer" || schema.type?.[0] === "integer" ? 1 : "any"} min=${schema.minimum} max=${schema.maximum}
  value=${value ?? ""} placeholder=${schema.default ?? ""}
  oninput=${e => onChange(e.target.value === "" ? undefined : e.target.valueAsNumber)} />`;

export const Switch = ({ id, isWrong, schema, value, onChange }) => html`<input ...${common(id, isWrong)} type="checkbox"
  checked=${value ?? schema.default ?? false} onchange=${e => onChange(e.target.checked)} />`;

export const Choice = ({ id, isWrong, schema, value, onChange }) => html`<select ...${common(id, isWrong)} value=${value ?? ""} onchange=${e => onChange(e.target.value === "" ? undefined : e.target.value)}>
  <option value="">${schema.default ? `${schema.default} (default)` : "not set"}</option>
  ${schema.enum.filter(o => o !== null).map(o => html`<option key=${o} value=${o}>${o}</option>`)}
</select>`;

/** What no other editor fits: as JSON. */
export function Json({ id, isWrong, value, onChange, rows = 4 }) {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const [error, setError] = useState(null);
  const take = typed => {
    setText(typed);
    try {
      onChange(typed.trim() === "" ? undefined : JSON.parse(typed));
      setError(null);
    } catch (problem) {
      setError(problem.message);
    }
  };
  return html`<div>
    <textarea ...${common(id, isWrong || error !== null)} rows=${rows} spellcheck="false" value=${text} oninput=${e => take(e.target.value)}></textarea>
    ${error && html`<p class="bad note" role="alert">This is not JSON: ${error}</p>`}
  </div>`;
}
