// Blocks as rows.
import { html } from "../core/html.js";
import { minerId } from "../core/miner-id.js";
import { link } from "../core/route.js";
import { copy } from "../core/toast.js";
import { bitcoin, scaled, whole } from "../core/units.js";
import { Ago } from "./ago.js";
import { Pill } from "./pill.js";
import { Empty } from "./states.js";
import { Table } from "./table.js";

const short = hash => `${hash.slice(0, 8)}…${hash.slice(-12)}`;

const finder = b => b.finder ? html`<a href=${link("miners", minerId(b.finder))}>${b.worker ?? b.finder}</a>` : b.worker ?? "";

const columns = [
  { title: "Height", number: true, cell: b => html`<strong>${whole(b.height)}</strong>` },
  { title: "Found", cell: b => html`<${Ago} time=${b.time} />` },
  { title: "State", cell: b => html`<${Pill} state=${b.state} hint=${b.reason} />` },
  { title: "Pays", number: true, cell: b => bitcoin(b.coinbaseValueSats) },
  { title: "Transactions", number: true, cell: b => b.transactionCount == null ? "" : whole(b.transactionCount), full: true },
  { title: "Difficulty", number: true, cell: b => b.difficulty == null ? "" : scaled(b.difficulty), full: true },
  { title: "Finder", cell: finder },
  { title: "Hash", mono: true, full: true, cell: b => html`<button class="plain mono" title=${`Copy ${b.hash}`} aria-label=${`Copy the hash of block ${b.height}`} onclick=${() => copy(b.hash)}>${short(b.hash)}</button>` },
];

export function BlockTable({ blocks, brief, hides = [] }) {
  if (blocks.length === 0) return html`<${Empty}>No block yet. In the embedded stack the first one comes within seconds of mining; if none does, look at the <a href=${link("roles")}>roles</a>.<//>`;
  return html`<${Table} name="Blocks" columns=${columns.filter(c => !(brief && c.full) && !hides.includes(c.title))} rows=${blocks} keyOf=${b => b.hash} />`;
}
