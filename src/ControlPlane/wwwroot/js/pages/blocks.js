// Blocks that were found here.
import { withQuery } from "../core/api.js";
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { count } from "../core/units.js";
import { BlockTable } from "../parts/block-table.js";
import { Choice, Search, useListQuery } from "../parts/list-tools.js";
import { Page } from "../parts/page.js";
import { Empty, Loaded } from "../parts/states.js";
import { Pager } from "../parts/table.js";

const states = [["", "Every state"], ["submitted", "Submitted"], ["accepted", "Accepted"], ["rejected", "Rejected"], ["orphaned", "Orphaned"]];

export function Blocks() {
  const list = useListQuery({ filters: ["state"] });
  const live = useLive(withQuery("blocks", list.query), { on: ["block"], every: 10 });
  const isFiltered = Boolean(list.query.search || list.query.state);
  return html`<${Page} title="Blocks" intro="Submitted: handed to the node. Accepted: part of the best chain. Rejected: refused by the node. Orphaned: another block took its place.">
    <section class="panel" aria-label="Blocks">
      <div class="tools">
        <${Search} name="Search for blocks" placeholder="Hash, height or finder" />
        <${Choice} name="state" label="State" options=${states} />
        <span class="note">${live.data && count(live.data.total, "block")}</span>
      </div>
      <${Loaded} of=${live}>${page => page.items.length === 0 && isFiltered ? html`<${Empty}>No block fits this search.<//>` : html`
        <${BlockTable} blocks=${page.items} />
        <${Pager} offset=${list.offset} limit=${list.limit} total=${page.total} onMove=${list.move} />`}<//>
    </section>
  <//>`;
}
