// Who mines here: by account, or worker by worker.
import { withQuery } from "../core/api.js";
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { minerId } from "../core/miner-id.js";
import { link } from "../core/route.js";
import { count, hashRate, scaled, whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { Exports } from "../parts/exports.js";
import { Choice, Search, useListQuery } from "../parts/list-tools.js";
import { Page } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { rejectedPart } from "../parts/rejections.js";
import { Spark } from "../parts/spark.js";
import { Empty, Loaded } from "../parts/states.js";
import { Pager, Table } from "../parts/table.js";

const figures = [
  { title: "Hash rate", number: true, sort: "hashRate", cell: m => hashRate(m.hashRate) },
  { title: "Last hours", cell: m => html`<${Spark} values=${m.sparkline} name="Hash rate of the last hours" />` },
  { title: "Accepted", number: true, sort: "sharesAccepted", cell: m => whole(m.sharesAccepted) },
  { title: "Rejected", number: true, sort: "sharesRejected", cell: m => rejectedPart(m.sharesAccepted, m.sharesRejected) },
  { title: "Best difficulty", number: true, sort: "bestDifficulty", cell: m => m.bestDifficulty > 0 ? scaled(m.bestDifficulty) : "–" },
  { title: "Last share", sort: "lastShareAt", cell: m => html`<${Ago} time=${m.lastShareAt} never="none yet" />` },
];

const accounts = [
  { title: "Miner", sort: "name", cell: m => html`<a href=${link("miners", m.id)} title=${m.account}>${m.account || "(no name)"}</a>` },
  { title: "Workers", cell: m => html`<${Pill} state=${m.workersOnline > 0 ? "online" : "offline"} text=${`${whole(m.workersOnline)} of ${whole(m.workers)} online`} />` },
  ...figures,
];

const workers = [
  { title: "Worker", sort: "name", cell: w => html`<a href=${link("miners", minerId(w.account))} title=${w.name}>${w.name || "(no name)"}</a>` },
  { title: "State", cell: w => html`<${Pill} state=${w.isOnline ? "online" : "offline"} />` },
  ...figures,
];

const Nobody = ({ isFiltered }) => isFiltered
  ? html`<${Empty}>Nobody fits this search. Shorten it, or show everybody.<//>`
  : html`<${Empty}>
      <strong>Nobody mines here yet.</strong>
      <span>Point a miner at the connection string on the <a href="#/">overview</a>. No device at hand? <a href=${`${link("roles", "new")}?kind=mining-device`}>Add one that mines in software</a>.</span>
    <//>`;

export function Miners() {
  const list = useListQuery({ sort: "-hashRate", filters: ["online", "view"] });
  const byWorker = list.filters.view === "workers";
  const { view, ...query } = list.query;
  const live = useLive(withQuery(byWorker ? "workers" : "miners", { ...query, sparkline: true }), { on: ["worker-online", "worker-offline"] });
  const isFiltered = Boolean(query.search || query.online);
  return html`<${Page} title="Miners" intro="A miner is the part of the user identity before the first dot; what follows names the worker.">
    <section class="panel" aria-label="Miners">
      <div class="tools">
        <${Choice} name="view" label="Show" options=${[["", "By miner"], ["workers", "By worker"]]} />
        <${Search} name="Search for miners" placeholder="Name or address" />
        <${Choice} name="online" label="State" options=${[["", "Online and offline"], ["true", "Online"], ["false", "Offline"]]} />
        <span class="note">${live.data && count(live.data.total, byWorker ? "worker" : "miner")}</span>
      </div>
      <${Loaded} of=${live}>${page => page.items.length === 0 ? html`<${Nobody} isFiltered=${isFiltered} />` : html`
        <${Table} name="Miners" columns=${byWorker ? workers : accounts} rows=${page.items} keyOf=${m => `${m.instance ?? ""}/${m.id}`} sort=${list.order} />
        <${Pager} offset=${list.offset} limit=${list.limit} total=${page.total} onMove=${list.move} />`}<//>
    </section>
    <${Exports} />
  <//>`;
}
