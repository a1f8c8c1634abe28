// Tokens for programs and for other people.
import { call } from "../core/api.js";
import { html, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { copy } from "../core/toast.js";
import { Confirm, useAction } from "./action.js";
import { Ago, Until } from "./ago.js";
import { Panel } from "./page.js";
import { Pill } from "./pill.js";
import { Empty, Loaded } from "./states.js";
import { Table } from "./table.js";

const columns = refresh => [
  { title: "Token", cell: t => html`<strong>${t.name}</strong>` },
  { title: "May", cell: t => html`<${Pill} state=${t.isExpired ? "offline" : ""} text=${t.isExpired ? "expired" : t.scope} />` },
  { title: "Made", cell: t => html`<${Ago} time=${t.createdAt} />` },
  { title: "Expires", cell: t => t.expiresAt ? html`<${Until} time=${t.expiresAt} />` : "never" },
  { title: "Last used", cell: t => html`<${Ago} time=${t.lastUsedAt} />` },
  {
    title: "", cell: t => html`<${Confirm} className="small danger" title=${`Delete the token ${t.name}?`} verb="Delete" text="Whoever uses it is refused from then on."
      work=${async () => { await call(`tokens/${encodeURIComponent(t.id)}`, "DELETE"); await refresh(); }} done=${`${t.name} is deleted.`}>Delete<//>`,
  },
];

function NewToken({ refresh }) {
  const [made, setMade] = useState(null);
  const { isBusy, error, run } = useAction();
  const create = async event => {
    event.preventDefault();
    const { name, scope, days } = event.target.elements;
    const form = event.target;
    const token = await run(() => call("tokens", "POST", { name: name.value.trim(), scope: scope.value, expiresInDays: days.value === "" ? null : Number(days.value) }));
    if (!token) return;
    setMade(token);
    form.reset();
    await refresh();
  };
  return html`<form class="row" onsubmit=${create} aria-label="New token">
      <input class="short" name="name" aria-label="Name of the token" placeholder="dashboard" required maxlength="64" autocomplete="off" aria-invalid=${error ? "true" : undefined} />
      <select class="short" name="scope" aria-label="What it may"><option value="read">read</option><option value="operate">operate</option><option value="admin">admin</option></select>
      <select class="short" name="days" aria-label="How long"><option value="30">30 days</option><option value="90">90 days</option><option value="365">a year</option><option value="">for ever</option></select>
      <button disabled=${isBusy}>Make a token</button>
    </form>
    ${error && html`<p class="bad" role="alert">${error.message}</p>`}
    ${made && html`<div class="notice good" role="status"><p>Copy it now: it is shown this once.</p>
      <div class="string"><code>${made.token}</code><button type="button" aria-label="Copy the new token" onclick=${() => copy(made.token)}>Copy</button></div></div>`}`;
}

export function Tokens() {
  const live = useLive("tokens", { every: 15 });
  return html`<${Panel} title="Tokens" note="For programs and other people: Authorization: Bearer TOKEN">
    <div class="stack">
      <${NewToken} refresh=${live.refresh} />
      <${Loaded} of=${live}>${page => page.items.length === 0
        ? html`<${Empty}>No token yet.<//>`
        : html`<${Table} name="Tokens" columns=${columns(live.refresh)} rows=${page.items} keyOf=${t => t.id} />`}<//>
    </div>
  <//>`;
}
