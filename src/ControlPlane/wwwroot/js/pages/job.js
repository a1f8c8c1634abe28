// One job of a pool.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { Coinbase, MerklePath } from "../parts/coinbase.js";
import { Page, Panel } from "../parts/page.js";
import { Loaded } from "../parts/states.js";
import { Facts } from "../parts/tile.js";

const factsOf = j => [
  ["Role", html`<a href=${link("roles", j.instance)}>${j.instance}</a>`],
  ["State", j.isActive ? "mined now" : j.isFuture ? "waits for its block" : "past"],
  ["Height", j.coinbase?.height != null && whole(j.coinbase.height)],
  ["Builds on", j.prevHash && html`<code>${j.prevHash}</code>`],
  ["Pays to", j.payout],
  ["Template", html`<code>${j.templateId}</code>`],
  ["Version", `0x${j.version}`],
  ["nBits", j.nBits],
  ["Made", html`<${Ago} time=${j.createdAt} />`],
];

export function Job({ parts: [, instance, id] }) {
  const live = useLive(`jobs/${encodeURIComponent(instance)}/${encodeURIComponent(id)}`, { every: 3600 }); // It never changes.
  return html`<${Page} title=${`Job ${id}`} crumb=${html`<a href=${link("templates")}>Templates and jobs</a>`}>
    <${Loaded} of=${live}>${j => html`
      <div class="columns">
        <${Panel} title="Job"><${Facts} of=${factsOf(j)} /><//>
        <${Panel} title="Merkle path" note="Hashes beside the coinbase, from the leaf up"><${MerklePath} of=${j.merklePath ?? []} /><//>
      </div>
      ${j.coinbase && html`<${Panel} title="Coinbase"><${Coinbase} of=${j.coinbase} /><//>`}`}<//>
  <//>`;
}
