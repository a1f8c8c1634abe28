// What is mined next: templates from the node, and the jobs made of them.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { bitcoin, scaled, whole } from "../core/units.js";
import { Ago } from "../parts/ago.js";
import { Page, Panel } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";

const templates = [
  { title: "Template", cell: t => html`<a class="mono" href=${link("templates", t.instance, t.templateId)}>${t.templateId}</a>` },
  { title: "Role", cell: t => t.instance },
  { title: "Height", number: true, cell: t => whole(t.height) },
  { title: "For", cell: t => html`<${Pill} state=${t.isFuture ? "" : "accepted"} text=${t.isFuture ? "a block to come" : "the present tip"} />` },
  { title: "Pays", number: true, cell: t => bitcoin(t.coinbaseValueSats) },
  { title: "Transactions", number: true, cell: t => t.transactionCount == null ? `at most ${whole(2 ** t.merklePathLength - 1)}` : whole(t.transactionCount) },
  { title: "Difficulty", number: true, cell: t => scaled(t.difficulty) },
  { title: "Made", cell: t => html`<${Ago} time=${t.createdAt} />` },
];

const jobState = j => j.isActive ? ["running", "mined now"] : j.isFuture ? ["", "waits for its block"] : ["", "past"];

const jobs = [
  { title: "Job", number: false, cell: j => html`<a class="mono" href=${link("jobs", j.instance, j.jobId)}>${j.jobId}</a>` },
  { title: "Role", cell: j => j.instance },
  { title: "Height", number: true, cell: j => whole(j.coinbase.height) },
  { title: "State", cell: j => html`<${Pill} state=${jobState(j)[0]} text=${jobState(j)[1]} />` },
  { title: "Pays to", cell: j => j.payout },
  { title: "Template", mono: true, cell: j => j.templateId },
  { title: "Made", cell: j => html`<${Ago} time=${j.createdAt} />` },
];

export function Templates() {
  const on = ["new-tip", "block", "role-state"];
  const made = useLive("templates?limit=50", { on });
  const given = useLive("jobs?limit=50", { on });
  return html`<${Page} title="Templates and jobs" intro="A template is a block as the node proposes it. The pool makes a job of it: the same block with its own coinbase, cut so that miners can fill in the rest.">
    <${Panel} title="Jobs"><${Loaded} of=${given}>${page => page.items.length === 0
      ? html`<${Empty}>No job yet. A pool makes them as soon as its template provider is connected; see <a href=${link("upstreams")}>upstreams</a>.<//>`
      : html`<${Table} name="Jobs" columns=${jobs} rows=${page.items} keyOf=${j => `${j.instance}/${j.jobId}/${j.payout}`} />`}<//><//>
    <${Panel} title="Templates"><${Loaded} of=${made}>${page => page.items.length === 0
      ? html`<${Empty}>No template yet. Start a <a href=${link("roles")}>template provider</a>; if it runs, its own page tells what it waits for.<//>`
      : html`<${Table} name="Templates" columns=${templates} rows=${page.items} keyOf=${t => `${t.instance}/${t.templateId}`} />`}<//><//>
  <//>`;
}
