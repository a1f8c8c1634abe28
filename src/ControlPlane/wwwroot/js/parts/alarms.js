// What is wrong now, and what to do about it.
import { html } from "../core/html.js";
import { link } from "../core/route.js";
import { Ago } from "./ago.js";

function Alarm({ alarm }) {
  return html`<li>
    <strong>${alarm.title}</strong>${alarm.instance && html` · <a href=${link("roles", alarm.instance)}>${alarm.instance}</a>`} · <${Ago} time=${alarm.since} />
    <br />${alarm.message}${alarm.advice && ` ${alarm.advice}`}
  </li>`;
}

export function Alarms({ list = [], problems = [] }) {
  // A role's own words, unless an alarm speaks of it already.
  const others = problems.filter(p => !list.some(a => a.instance && p.startsWith(`${a.instance}:`)));
  if (list.length + others.length === 0) return null;
  const isError = list.some(a => a.severity === "error");
  return html`<ul class=${isError ? "notice" : "notice warn"} aria-label="What is wrong" role="alert">
    ${list.map(a => html`<${Alarm} key=${a.id} alarm=${a} />`)}
    ${others.map(p => html`<li key=${p}>${p}</li>`)}
  </ul>`;
}
