// The coinbase transaction, taken apart.
import { html } from "../core/html.js";
import { bitcoin } from "../core/units.js";
import { Table } from "./table.js";
import { Facts } from "./tile.js";

const outputs = [
  { title: "Pays", number: true, cell: o => bitcoin(o.valueSats) },
  { title: "To", mono: true, wrap: true, cell: o => o.address ?? o.script },
  { title: "Kind", cell: o => o.type.replaceAll("-", " "), hint: o => o.script },
];

const Hex = ({ name, value }) => value && html`<details><summary>${name} <span class="note">${value.length / 2} bytes</span></summary><pre tabindex="0" class="break">${value}</pre></details>`;

export const Coinbase = ({ of: c }) => html`
  <${Facts} of=${[["Pays in all", bitcoin(c.valueSats)], ["Left to the pool", c.unassignedSats > 0 && bitcoin(c.unassignedSats)], ["Tag", c.tag], ["Height", c.height], ["Version", c.version], ["Lock time", c.lockTime], ["Sequence", c.sequence]]} />
  <${Table} name="Outputs of the coinbase" columns=${outputs} rows=${c.outputs.map((o, i) => ({ ...o, i }))} keyOf=${o => String(o.i)} />
  <${Hex} name="Script before the extranonce" value=${c.scriptSigPrefix} />`;

export const MerklePath = ({ of: path }) => path.length === 0
  ? html`<p class="empty">Empty: the coinbase is the only transaction.</p>`
  : html`<ol class="hashes">${path.map((hash, i) => html`<li key=${i}><code>${hash}</code></li>`)}</ol>`;
