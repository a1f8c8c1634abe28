// Browsers that are signed in.
import { call } from "../core/api.js";
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { Act } from "./action.js";
import { Ago, Until } from "./ago.js";
import { Panel } from "./page.js";
import { Loaded } from "./states.js";
import { Table } from "./table.js";

const columns = refresh => [
  { title: "Session", cell: s => html`<strong>${s.name}</strong>${s.isCurrent ? " (this one)" : ""}` },
  { title: "May", cell: s => s.scope },
  { title: "From", mono: true, cell: s => s.remoteAddress },
  { title: "Signed in", cell: s => html`<${Ago} time=${s.createdAt} />` },
  { title: "Seen", cell: s => html`<${Ago} time=${s.lastSeenAt} />` },
  { title: "Ends", cell: s => html`<${Until} time=${s.expiresAt} />` },
  { title: "", cell: s => !s.isCurrent && html`<${Act} class="small" scope="admin" label=${`End the session of ${s.name}`} work=${async () => { await call(`sessions/${encodeURIComponent(s.id)}`, "DELETE"); await refresh(); }} done="It is ended.">End<//>` },
];

export function Sessions() {
  const live = useLive("sessions", { every: 15 });
  return html`<${Panel} title="Sessions"><${Loaded} of=${live}>${list => html`<${Table} name="Sessions" columns=${columns(live.refresh)} rows=${list.items ?? list} keyOf=${s => s.id} />`}<//><//>`;
}
