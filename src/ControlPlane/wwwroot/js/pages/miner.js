// One miner: figures, workers, channels, and why shares were rejected.
import { html, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { hashRate, scaled, whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { BlockTable } from "../parts/block-table.js";
import { ChannelTable } from "../parts/channel-table.js";
import { Page, Panel } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { rejectedPart, Rejections } from "../parts/rejections.js";
import { RangeChoice, Series, shares } from "../parts/series.js";
import { Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Tile } from "../parts/tile.js";

const workers = [
  { title: "Worker", cell: w => html`<strong>${w.name || "(no name)"}</strong>` },
  { title: "State", cell: w => html`<${Pill} state=${w.isOnline ? "online" : "offline"} />` },
  { title: "Hash rate", number: true, cell: w => hashRate(w.hashRate) },
  { title: "Accepted", number: true, cell: w => whole(w.sharesAccepted) },
  { title: "Rejected", number: true, cell: w => rejectedPart(w.sharesAccepted, w.sharesRejected) },
  { title: "Best difficulty", number: true, cell: w => w.bestDifficulty > 0 ? scaled(w.bestDifficulty) : "–" },
  { title: "Last share", cell: w => html`<${Ago} time=${w.lastShareAt} never="none yet" />` },
  { title: "Pool", cell: w => w.instance },
];

function Charts({ path }) {
  const [range, setRange] = useState("1h");
  return html`<div class="columns wide-first">
    <${Panel} title="Hash rate" more=${html`<${RangeChoice} value=${range} onChange=${setRange} name="hash rate" />`}>
      <${Series} path=${path} range=${range} wanted=${["hashRate"]} name="Hash rate over time" />
    <//>
    <${Panel} title="Shares"><${Series} path=${path} range=${range} wanted=${["accepted", "rejected"]} name="Shares over time" unit=${shares} /><//>
  </div>`;
}

export function Miner({ parts: [, id] }) {
  const path = `miners/${encodeURIComponent(id)}`;
  const live = useLive(path, { on: ["worker-online", "worker-offline", "block"] });
  const miner = live.data;
  return html`<${Page} title=${miner?.account ?? id} crumb=${html`<a href=${link("miners")}>Miners</a>`}
      pill=${miner && html`<${Pill} state=${miner.workersOnline > 0 ? "online" : "offline"} />`}>
    <${Loaded} of=${live}>${m => html`
      <section class="tiles" aria-label="At a glance">
        <${Tile} title="Hash rate" note=${`${whole(m.workersOnline)} of ${whole(m.workers)} workers online`}>${hashRate(m.hashRate)}<//>
        <${Tile} title="Shares accepted" note=${`rejected: ${rejectedPart(m.sharesAccepted, m.sharesRejected)}`}>${scaled(m.sharesAccepted)}<//>
        <${Tile} title="Best difficulty">${m.bestDifficulty > 0 ? scaled(m.bestDifficulty) : "–"}<//>
        <${Tile} title="Last share"><${Ago} time=${m.lastShareAt} never="none yet" /><//>
      </section>
      <${Charts} path=${`${path}/series`} />
      <${Panel} title="Workers"><${Table} name="Workers" columns=${workers} rows=${m.workerList} keyOf=${w => `${w.instance}/${w.name}`} /><//>
      <${Panel} title="Channels" note="Open now"><${ChannelTable} channels=${m.channelList} /><//>
      <div class="columns">
        <${Panel} title="Rejected shares"><${Rejections} counts=${m.rejections} accepted=${m.sharesAccepted} /><//>
        <${Panel} title="Blocks found">${m.blocks.length === 0
          ? html`<p class="empty">None yet. Every share has the same chance; patience.</p>`
          : html`<${BlockTable} blocks=${m.blocks.slice(0, 8)} brief=${true} hides=${["Finder"]} />`}<//>
      </div>`}<//>
  <//>`;
}
