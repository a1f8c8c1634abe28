// One template.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { bitcoin, scaled, whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { Coinbase, MerklePath } from "../parts/coinbase.js";
import { Page, Panel } from "../parts/page.js";
import { Loaded } from "../parts/states.js";
import { Facts } from "../parts/tile.js";

const factsOf = t => [
  ["Role", html`<a href=${link("roles", t.instance)}>${t.instance}</a>`],
  ["For", t.isFuture ? "a block to come" : "the present tip"],
  ["Height", whole(t.height)],
  ["Builds on", t.prevHash && html`<code>${t.prevHash}</code>`],
  ["Pays", bitcoin(t.coinbaseValueSats)],
  ["Transactions", t.transactionCount == null ? null : whole(t.transactionCount)],
  ["Difficulty", `${scaled(t.difficulty)} (nBits ${t.nBits})`],
  ["Version", `0x${t.version}`],
  ["Made", html`<${Ago} time=${t.createdAt} />`],
];

export function Template({ parts: [, instance, id] }) {
  const live = useLive(`templates/${encodeURIComponent(instance)}/${encodeURIComponent(id)}`, { every: 3600 }); // It never changes.
  return html`<${Page} title=${`Template ${id}`} crumb=${html`<a href=${link("templates")}>Templates and jobs</a>`}>
    <${Loaded} of=${{ ...live, data: live.data && { ...live.data, ...live.data.template } }}>${t => html`
      <div class="columns">
        <${Panel} title="Template"><${Facts} of=${factsOf(t)} /><//>
        <${Panel} title="Merkle path" note="Hashes beside the coinbase, from the leaf up"><${MerklePath} of=${t.merklePath ?? []} /><//>
      </div>
      ${t.coinbase && html`<${Panel} title="Coinbase"><${Coinbase} of=${t.coinbase} /><//>`}`}<//>
  <//>`;
}
