// Who changed what.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { words } from "../core/units.js";
import { Ago } from "./ago.js";
import { Panel } from "./page.js";
import { Pill } from "./pill.js";
import { Empty, Loaded } from "./states.js";
import { Table } from "./table.js";

const outcome = status => status < 400 ? "done" : [401, 403, 429].includes(status) ? `refused (${status})` : `failed (${status})`;

const columns = [
  { title: "What", cell: a => html`<strong>${words(a.operation)}</strong>` },
  { title: "Of", cell: a => a.target ?? "" },
  { title: "By", cell: a => [a.caller, a.via].filter(Boolean).join(", "), hint: a => a.remoteAddress },
  { title: "When", cell: a => html`<${Ago} time=${a.time} />` },
  { title: "Outcome", cell: a => html`<${Pill} state=${a.status < 400 ? "accepted" : "refused"} text=${outcome(a.status)} />` },
  { title: "Detail", wrap: true, cell: a => a.detail ?? "" },
];

export function Audit() {
  const live = useLive("audit?limit=50", { on: ["role-state", "role-definition"], every: 15 });
  return html`<${Panel} title="Audit log" note="Every change, the newest first"><${Loaded} of=${live}>${page => page.items.length === 0
    ? html`<${Empty}>Nothing has been changed yet.<//>`
    : html`<${Table} name="Audit log" columns=${columns} rows=${page.items} keyOf=${a => String(a.id)} />`}<//><//>`;
}
