// Whom the roles are connected to, and how that goes.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { shorten } from "../parts/connection.js";
import { Page } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { rejectedPart } from "../parts/rejections.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";

const milliseconds = value => value == null ? "–" : `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0ms`;

const columns = [
  { title: "Upstream", cell: u => html`<strong class="mono">${shorten(u.address)}</strong>`, hint: u => u.address },
  { title: "State", cell: u => html`<${Pill} state=${u.state} />${u.reason && html`<p class="note why">${u.reason}</p>`}` },
  { title: "Of", cell: u => html`<a href=${link("roles", u.instance)}>${u.instance}</a>` },
  { title: "For", cell: u => u.protocol.replaceAll("-", " ") },
  { title: "Since", cell: u => html`<${Ago} time=${u.since} />` },
  { title: "Answers in", number: true, cell: u => milliseconds(u.latencyMilliseconds) },
  { title: "Accepted", number: true, cell: u => u.sharesAccepted ? whole(u.sharesAccepted) : "–" },
  { title: "Rejected", number: true, cell: u => rejectedPart(u.sharesAccepted, u.sharesRejected), hint: u => Object.entries(u.rejections ?? {}).map(([code, n]) => `${code}: ${n}`).join(", ") },
];

export function Upstreams() {
  const live = useLive("upstreams?limit=200", { on: ["upstream", "role-state"], every: 3 });
  return html`<${Page} title="Upstreams" intro="In order of preference. Where a role has several, the next one takes over when the one before it fails, and hands back when that has been well for a while.">
    <section class="panel" aria-label="Upstreams">
      <${Loaded} of=${live}>${page => page.items.length === 0
        ? html`<${Empty}>No role connects to anything. A pool needs a template provider, a device or a proxy a pool: see <a href=${link("roles")}>roles</a>.<//>`
        : html`<${Table} name="Upstreams" columns=${columns} rows=${page.items} keyOf=${u => `${u.instance}/${u.protocol}/${u.address}`} />`}<//>
    </section>
  <//>`;
}
