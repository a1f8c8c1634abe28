// Jobs that miners chose themselves, and the tokens for them.
import { withQuery } from "../core/api.js";
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { bitcoin, count, whole } from "../core/units.js";
import { Ago, Until } from "../parts/ago.js";
import { Search, useListQuery } from "../parts/list-tools.js";
import { Page, Panel } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { Empty, Loaded } from "../parts/states.js";
import { Pager, Table } from "../parts/table.js";

const declarations = [
  { title: "From", cell: d => html`<strong>${d.userIdentifier || "(no name)"}</strong>`, hint: d => d.remoteAddress },
  { title: "Role", cell: d => `${d.instance}, ${d.isDownstream ? "from a miner" : "to a pool"}` },
  { title: "State", cell: d => html`<${Pill} state=${d.state} />${d.reason && html`<p class="note why">${d.reason}</p>`}` },
  { title: "Mode", cell: d => d.mode.replaceAll("-", " ") },
  { title: "Height", number: true, cell: d => d.height == null ? "" : whole(d.height) },
  { title: "Transactions", number: true, cell: d => d.transactionCount == null ? "" : `${whole(d.transactionCount)}${d.missingTransactions ? ` (${whole(d.missingTransactions)} asked for)` : ""}` },
  { title: "To the pool", number: true, cell: d => d.poolValueSats == null ? "" : bitcoin(d.poolValueSats) },
  { title: "Shares waiting", number: true, cell: d => whole(d.sharesCached) },
  { title: "Declared", cell: d => html`<${Ago} time=${d.createdAt} />`, hint: decided },
];

function decided(d) {
  return d.decidedAt ? `decided after ${whole(Date.parse(d.decidedAt) - Date.parse(d.createdAt))} ms` : "not decided yet";
}

const tokens = [
  { title: "Token", mono: true, cell: t => t.fingerprint },
  { title: "Given to", cell: t => html`<strong>${t.userIdentifier || "(no name)"}</strong>`, hint: t => t.remoteAddress },
  { title: "Role", cell: t => t.instance },
  { title: "Given", cell: t => html`<${Ago} time=${t.issuedAt} />` },
  { title: "Expires", cell: t => html`<${Until} time=${t.expiresAt} />` },
];

const create = kind => `${link("roles", "new")}?kind=${kind}`;

export function Declarations() {
  const list = useListQuery();
  const declared = useLive(withQuery("declarations", list.query), { on: ["block", "new-tip"] });
  const given = useLive("mining-job-tokens?limit=50");
  return html`<${Page} title="Job declarations" intro="A miner that runs its own node may choose what goes into its blocks. It declares the job; the pool checks it and pays as ever.">
    <${Panel} title="Declarations">
      <div class="tools"><${Search} name="Search for declarations" placeholder="Name or address" /><span class="note">${declared.data && count(declared.data.total, "declaration")}</span></div>
      <${Loaded} of=${declared}>${page => page.items.length === 0
        ? html`<${Empty}>
            <strong>${list.query.search ? "No declaration fits this search." : "No job has been declared."}</strong>
            <span>A pool takes declarations through a <a href=${create("job-declarator-server")}>job declarator server</a>; a miner makes them with a <a href=${create("job-declarator-client")}>job declarator client</a>.</span>
          <//>`
        : html`<${Table} name="Declarations" columns=${declarations} rows=${page.items} keyOf=${d => `${d.instance}/${d.id}`} />
          <${Pager} offset=${list.offset} limit=${list.limit} total=${page.total} onMove=${list.move} />`}<//>
    <//>
    <${Panel} title="Tokens" note="Allowances to declare one job each; the token itself is never shown"><${Loaded} of=${given}>${page => page.items.length === 0
      ? html`<${Empty}>No token is out.<//>`
      : html`<${Table} name="Tokens" columns=${tokens} rows=${page.items} keyOf=${t => `${t.instance}/${t.fingerprint}`} />`}<//><//>
  <//>`;
}
