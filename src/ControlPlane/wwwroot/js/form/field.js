// One key of a configuration: its name, what it is for, and an editor that fits it.
import { html } from "../core/html.js";
import { words } from "../core/units.js";
import { Choice, Json, Number, Switch, Text } from "./editors.js";
import { Group } from "./group.js";
import { List } from "./list.js";
import { defaultText, editorOf, limits, problemsAt } from "./schema.js";

const editors = { choice: Choice, switch: Switch, number: Number, text: Text, json: Json };

export const idOf = path => `field-${path.replace(/[^a-zA-Z0-9]+/g, "-")}`;

export function Help({ id, schema, problems }) {
  const facts = [limits(schema), defaultText(schema) !== null && `default ${defaultText(schema)}`].filter(Boolean).join("; ");
  return html`<div class="help" id=${`${id}-help`}>
    ${problems.map(p => html`<p class="bad" key=${p.message}>${p.message}${p.fix ? ` (${p.fix})` : ""}</p>`)}
    ${schema.description && html`<p>${schema.description}</p>`}
    ${facts && html`<p class="note">${facts}</p>`}
  </div>`;
}

export function Field(props) {
  const { name, path, schema, problems } = props;
  const kind = editorOf(schema);
  if (kind === "group") return html`<${Group} ...${props} />`;
  const id = idOf(path);
  const own = problemsAt(problems, path);
  if (kind === "list") return html`<div class="field" role="group" aria-labelledby=${`${id}-name`} data-key=${path}>
    <span class="name" id=${`${id}-name`}>${words(name)}</span>
    <${List} ...${props} id=${id} Field=${Field} />
    <${Help} id=${id} schema=${schema} problems=${own} />
  </div>`;
  const Editor = editors[kind];
  return html`<div class="field" data-key=${path}>
    <label class="name" for=${id}>${words(name)}</label>
    <${Editor} ...${props} id=${id} isWrong=${own.length > 0} />
    <${Help} id=${id} schema=${schema} problems=${own} />
  </div>`;
}
