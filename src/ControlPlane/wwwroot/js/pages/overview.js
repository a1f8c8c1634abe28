// The stack at a glance.
import { html, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { may, session } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { rates, recent } from "../core/stream.js";
import { bitcoin, hashRate, scaled, whole } from "../core/units.js";
import { Ago, Lasting } from "../parts/ago.js";
import { Alarms } from "../parts/alarms.js";
import { BlockTable } from "../parts/block-table.js";
import { Connection } from "../parts/connection.js";
import { EventList } from "../parts/event-list.js";
import { Page, Panel } from "../parts/page.js";
import { RolePill } from "../parts/pill.js";
import { rejectedPart, Rejections } from "../parts/rejections.js";
import { RangeChoice, Series, shares } from "../parts/series.js";
import { Empty, Loaded } from "../parts/states.js";
import { Tile } from "../parts/tile.js";

/** The stream's figures are younger than the last look. */
function freshened(overview, live) {
  if (!live) return overview;
  const { alarms, instances, time, ...figures } = live;
  return new Date(time) < new Date(overview.now) ? { ...figures, ...overview } : { ...overview, ...figures };
}

function Tiles({ overview, lastBlock }) {
  const o = freshened(overview, useSignal(rates));
  return html`<section class="tiles" aria-label="At a glance">
    <${Tile} title="Hash rate" id="hash-rate" note=${o.workersOnline !== undefined && `${whole(o.workersOnline)} ${o.workersOnline === 1 ? "worker" : "workers"} online`}>${hashRate(o.hashRate)}<//>
    <${Tile} title="Shares accepted" id="shares" note=${`rejected: ${rejectedPart(o.sharesAccepted, o.sharesRejected)}`}>${scaled(o.sharesAccepted)}<//>
    <${Tile} title="Blocks" id="block-count" note=${lastBlock ? html`the last one <${Ago} time=${lastBlock.time} />` : "none yet"}>${whole(o.blocks)}<//>
    <${Tile} title="Best difficulty" id="best" note=${o.networkDifficulty > 0 && `a block takes ${scaled(o.networkDifficulty)}`}>${o.bestDifficulty > 0 ? scaled(o.bestDifficulty) : "–"}<//>
    <${Tile} title="Next block pays" id="template-value" note=${o.height > 0 && `height ${whole(o.height + 1)}`}>${o.templateValueSats > 0 ? bitcoin(o.templateValueSats, 3) : "–"}<//>
    <${Tile} title="Upstreams" id="upstreams" note=${html`up for <${Lasting} since=${o.startedAt} />`}>${o.upstreams ? `${o.upstreams.connected} of ${o.upstreams.total}` : "–"}<//>
  </section>`;
}

function Charts() {
  const [range, setRange] = useState("1h");
  return html`<div class="columns wide-first">
    <${Panel} title="Hash rate" more=${html`<${RangeChoice} value=${range} onChange=${setRange} name="hash rate" />`}>
      <${Series} path="series/hashRate" range=${range} name="Hash rate over time" />
    <//>
    <${Panel} title="Shares"><${Series} path="series/shares" range=${range} name="Shares over time" unit=${shares} /><//>
  </div>`;
}

const Connect = ({ endpoints }) => html`<${Panel} title="Connect a miner" id="connect">
  ${endpoints.length === 0
    ? html`<${Empty}>Nothing listens for miners. <a href=${link("roles")}>Start the pool</a>, and its connection string stands here.<//>`
    : html`<div class="stack">${endpoints.map((e, i) => html`<${Connection} key=${e.instance + e.address} text=${e.connectionString ?? e.address} name=${e.instance} isOpen=${i === 0} />`)}</div>`}
<//>`;

const Roles = ({ roles }) => html`<ul class="lines">${roles.map(role => html`<li key=${role.name}>
  <a href=${link("roles", role.name)}>${role.name}</a>
  <${RolePill} role=${role} />
  <p>${role.failureReason ?? role.report?.message ?? "Stopped. Start it when you need it."}</p>
</li>`)}</ul>`;

export function Overview() {
  const who = useSignal(session);
  const sees = may("read", who);
  const overview = useLive("overview", { on: ["role-state", "role-definition", "block", "alarm", "upstream", "worker-online", "worker-offline"] });
  const blocks = useLive("blocks?limit=6", { on: ["block"], every: 10 });
  const roles = useLive(sees ? "roles" : null, { on: ["role-state", "role-definition", "upstream"] });
  const alarms = useLive("alarms", { on: ["alarm"] });
  const events = useSignal(recent);
  return html`<${Page} title="Overview">
    ${!sees && html`<p class="notice good">These are the figures. To see the rest and to change something, <a href=${link("access")}>sign in</a>.</p>`}
    <${Loaded} of=${overview}>${o => html`
      <${Alarms} list=${alarms.data} problems=${o.problems} />
      <${Tiles} overview=${o} lastBlock=${blocks.data?.items[0]} />
      <${Charts} />
      <div class="columns">
        <${Connect} endpoints=${o.miningEndpoints} />
        ${sees && html`<${Panel} title="Roles" more=${html`<a href=${link("roles")}>All roles</a>`}><${Loaded} of=${roles}>${list => html`<${Roles} roles=${list} />`}<//><//>`}
      </div>
      <div class="columns wide-first">
        <${Panel} title="Blocks" more=${html`<a href=${link("blocks")}>All blocks</a>`}><${Loaded} of=${blocks}>${page => html`<${BlockTable} blocks=${page.items} brief=${true} />`}<//><//>
        <${Panel} title="Rejected shares"><${Rejections} counts=${o.sharesRejectedByReason} accepted=${o.sharesAccepted} /><//>
      </div>
      ${sees && html`<${Panel} title="Events" more=${html`<a href=${link("events")}>All events</a>`}><${EventList} events=${events.slice(0, 8)} /><//>`}
    `}<//>
  <//>`;
}
