// The books, to take along.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { count } from "../core/units.js";
import { Panel } from "./page.js";
import { Empty, Loaded } from "./states.js";

const tables = { workers: "Shares by worker", accounts: "Shares by miner", minutes: "Shares by minute", blocks: "Blocks" };

const href = (instance, table, format) => `api/v1/ledger/${encodeURIComponent(instance)}/${table}?format=${format}`;

const Ledger = ({ ledger }) => html`<div>
  <h3>${ledger.instance}</h3>
  <p class="note">${count(ledger.shares, "share")} of ${count(ledger.workers, "worker")}</p>
  <ul class="lines">${Object.entries(tables).map(([table, title]) => html`<li key=${table}>
    <span>${title}</span>
    <span class="row"><a href=${href(ledger.instance, table, "csv")} download>CSV</a> <a href=${href(ledger.instance, table, "json-lines")} download>JSON lines</a></span>
  </li>`)}</ul>
</div>`;

export function Exports() {
  const live = useLive("ledger", { every: 30 });
  return html`<${Panel} title="Export" note="What the ledger has booked">
    <${Loaded} of=${live}>${list => list.length === 0
      ? html`<${Empty}>No pool runs here, so there is no ledger to export.<//>`
      : html`<div class="columns">${list.map(l => html`<${Ledger} key=${l.instance} ledger=${l} />`)}</div>`}<//>
  <//>`;
}
