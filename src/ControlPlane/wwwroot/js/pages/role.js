// One role instance: how it is, how to reach it, and its configuration.
import { call, withQuery } from "../core/api.js";
import { html, useEffect, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { go, link } from "../core/route.js";
import { may, session } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { figure, words } from "../core/units.js";
import { SchemaForm } from "../form/schema-form.js";
import { suggestionsFrom } from "../form/suggestions.js";
import { Confirm, useAction } from "../parts/action.js";
import { Ago } from "../parts/ago.js";
import { Connection, shorten } from "../parts/connection.js";
import { EventList } from "../parts/event-list.js";
import { Page, Panel } from "../parts/page.js";
import { Pill, RolePill } from "../parts/pill.js";
import { RoleCharts } from "../parts/role-charts.js";
import { RoleButtons, RoleMessage, servesMiners } from "../parts/role-parts.js";
import { Loaded } from "../parts/states.js";
import { Facts } from "../parts/tile.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function Configuration({ role, kind, roles, refresh }) {
  const [value, setValue] = useState(role.configuration);
  const [base, setBase] = useState(role.configuration);
  const mayChange = may("admin", useSignal(session));
  const { isBusy, error, run } = useAction();
  const isChanged = !same(value, base);
  // Changed by somebody else: taken over, unless something was typed here.
  useEffect(() => {
    if (isChanged) return;
    setValue(role.configuration);
    setBase(role.configuration);
  }, [JSON.stringify(role.configuration)]);
  const put = query => call(`roles/${encodeURIComponent(role.name)}${query}`, "PUT", { configuration: value });
  const save = async event => {
    event.preventDefault();
    await run(async () => {
      setBase((await put("")).configuration);
      await refresh();
    }, role.state === "stopped" ? "Saved. It counts from the next start." : "Saved. The role has been restarted with it.");
  };
  return html`<form class="form" onsubmit=${save} novalidate>
    <fieldset disabled=${!mayChange || isBusy}>
      <${SchemaForm} schema=${kind.schema} value=${value} onChange=${setValue} problems=${error?.problems} suggestions=${suggestionsFrom(roles, role.name)} />
    </fieldset>
    ${!mayChange && html`<p class="note">To change it takes the scope "admin".</p>`}
    <div class="row bottom">
      <button class="primary" disabled=${!mayChange || isBusy || !isChanged}>Save${role.state === "stopped" ? "" : " and restart"}</button>
      <button type="button" disabled=${!mayChange || isBusy || !isChanged} onclick=${() => run(() => put("?dryRun=true"), "This configuration can be used.")}>Check</button>
      <button type="button" disabled=${isBusy || !isChanged} onclick=${() => setValue(base)}>Undo</button>
    </div>
  </form>`;
}

const Upstreams = ({ list }) => html`<ul class="lines">${list.map(u => html`<li key=${u.protocol + u.address}>
  <strong class="mono">${shorten(u.address)}</strong> <${Pill} state=${u.state} /><p>${u.reason ?? html`since <${Ago} time=${u.since} />`}</p>
</li>`)}</ul>`;

function Body({ role, kind, roles, refresh }) {
  const events = useLive(withQuery("events/history", { instance: role.name, limit: 10 }), { on: ["role-state", "role-definition", "upstream", "block", "worker-online", "worker-offline", "alarm"], every: 30 });
  const { endpoints = [], upstreams = [], figures = [] } = role.report ?? {};
  return html`
    <section class="panel stack" aria-label="State">
      <${RoleMessage} role=${role} />
      <${RoleButtons} role=${role} refresh=${refresh} />
    </section>
    <div class="columns">
      <div class="stack">
      ${endpoints.length > 0 && html`<${Panel} title="Listens"><div class="stack">${endpoints.map(e => html`<div key=${e.address}>
        <p class="note">${words(e.protocol.replaceAll("-", " "))} on ${e.address}${e.encrypted ? ", encrypted" : ", not encrypted"}</p>
        ${e.connectionString && html`<${Connection} text=${e.connectionString} name=${role.name} />`}
      </div>`)}</div><//>`}
      ${upstreams.length > 0 && html`<${Panel} title="Connects to"><${Upstreams} list=${upstreams} /><//>`}
      </div>
      ${figures.length > 0 && html`<${Panel} title="Figures"><${Facts} of=${figures.map(f => [words(f.name), figure(f)])} /><//>`}
    </div>
    ${servesMiners(role) && html`<${RoleCharts} name=${role.name} />`}
    ${kind && html`<${Panel} title="Configuration" note=${kind.summary}><${Configuration} role=${role} kind=${kind} roles=${roles} refresh=${refresh} /><//>`}
    <${Panel} title="Events" more=${html`<a href=${link("events")}>All events</a>`}><${Loaded} of=${events}>${page => html`<${EventList} events=${page.items} />`}<//><//>`;
}

export function Role({ parts: [, name] }) {
  const path = `roles/${encodeURIComponent(name)}`;
  const live = useLive(path, { on: ["role-state", "role-definition", "upstream"], every: 3 });
  const kind = useLive(live.data ? `kinds/${live.data.kind}` : null, { every: 600 });
  const roles = useLive("roles", { every: 30 });
  const remove = html`<${Confirm} title=${`Delete ${name}?`} verb="Delete" text="It is stopped and forgotten. Its data folder stays, so that nothing booked is lost."
    work=${() => { go("roles"); return call(path, "DELETE"); }} done=${`${name} is deleted.`}>Delete<//>`;
  return html`<${Page} title=${name} crumb=${html`<a href=${link("roles")}>Roles</a>`} pill=${live.data && html`<${RolePill} role=${live.data} />`} actions=${live.data && remove}>
    <${Loaded} of=${live}>${role => html`<${Body} role=${role} kind=${kind.data} roles=${roles.data} refresh=${live.refresh} />`}<//>
  <//>`;
}
