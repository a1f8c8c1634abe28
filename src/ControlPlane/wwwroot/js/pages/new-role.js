// A new role instance, by a form.
import { call } from "../core/api.js";
import { html, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { go, link, route } from "../core/route.js";
import { may, session } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { problemsBelow } from "../form/schema.js";
import { SchemaForm } from "../form/schema-form.js";
import { firstGuess, suggestionsFrom } from "../form/suggestions.js";
import { useAction } from "../parts/action.js";
import { Page } from "../parts/page.js";
import { Loaded } from "../parts/states.js";

/** The kind's name, or with a number that is free: mining-device-2. */
function freeName(kind, roles) {
  const taken = new Set(roles.map(r => r.name));
  for (let n = 1; ; n++) {
    const name = n === 1 ? kind : `${kind}-${n}`;
    if (!taken.has(name)) return name;
  }
}

const Kinds = ({ kinds, chosen, onChoose }) => html`<fieldset class="kinds">
  <legend>Kind</legend>
  ${kinds.map(kind => html`<label key=${kind.name} class=${kind.name === chosen ? "kind chosen" : "kind"}>
    <input type="radio" name="kind" value=${kind.name} checked=${kind.name === chosen} onchange=${() => onChoose(kind.name)} />
    <span><strong>${kind.name.replaceAll("-", " ")}</strong><span class="note">${kind.summary}</span></span>
  </label>`)}
</fieldset>`;

function Form({ kinds, roles, asked }) {
  const fresh = kindName => {
    const kind = kinds.find(k => k.name === kindName) ?? kinds[0];
    return { kind, name: freeName(kind.name, roles), configuration: firstGuess(kind, roles) };
  };
  const [{ kind, name, configuration }, set] = useState(() => fresh(asked));
  const change = part => set(old => ({ ...old, ...part }));
  const [starts, setStarts] = useState(true);
  const mayCreate = may("admin", useSignal(session));
  const { isBusy, error, run } = useAction();

  const body = { name, kind: kind.name, configuration, desiredState: starts ? "running" : "stopped" };
  const create = event => {
    event.preventDefault();
    run(async () => {
      await call("roles", "POST", body);
      go("roles", name);
    }, `${name} is created.`);
  };
  // The server names configuration keys as they are; name and kind are fields of our own.
  const problems = error?.problems ?? [];
  const own = problemsBelow(problems, "name");
  return html`<form class="panel form" onsubmit=${create} novalidate aria-label="New role">
    <fieldset disabled=${!mayCreate || isBusy}>
      <${Kinds} kinds=${kinds} chosen=${kind.name} onChoose=${chosen => set(fresh(chosen))} />
      <div class="fields">
        <div class="field">
          <label class="name" for="role-name">Name</label>
          <input id="role-name" name="name" required maxlength="40" autocomplete="off" spellcheck="false" value=${name} aria-describedby="role-name-help" aria-invalid=${own.length > 0 ? "true" : undefined} oninput=${e => change({ name: e.target.value })} />
          <div class="help" id="role-name-help">${own.map(p => html`<p class="bad" key=${p.message}>${p.message}</p>`)}<p>Lower-case letters, digits and hyphens. It names its data folder, too.</p></div>
        </div>
      </div>
      <${SchemaForm} key=${kind.name} schema=${kind.schema} value=${configuration} onChange=${next => change({ configuration: next })}
        problems=${problems.filter(p => !own.includes(p))} suggestions=${suggestionsFrom(roles)} />
      <label class="row"><input type="checkbox" checked=${starts} onchange=${e => setStarts(e.target.checked)} /> Start it at once</label>
    </fieldset>
    ${error && problems.length === 0 && html`<p class="notice" role="alert">${error.message}</p>`}
    ${!mayCreate && html`<p class="note">To create a role takes the scope "admin".</p>`}
    <div class="row bottom">
      <button class="primary" disabled=${!mayCreate || isBusy}>Create</button>
      <button type="button" disabled=${isBusy} onclick=${() => run(() => call(`kinds/${kind.name}/check`, "POST", { configuration }), "This configuration can be used.")}>Check</button>
      <a class="button" href=${link("roles")}>Cancel</a>
    </div>
  </form>`;
}

export function NewRole() {
  const asked = useSignal(route).query.get("kind");
  const kinds = useLive("kinds", { every: 600 });
  const roles = useLive("roles", { every: 600 });
  const both = { data: kinds.data && roles.data && { kinds: kinds.data, roles: roles.data }, error: kinds.error ?? roles.error, refresh: () => { kinds.refresh(); roles.refresh(); } };
  return html`<${Page} title="Add a role" crumb=${html`<a href=${link("roles")}>Roles</a>`}>
    <${Loaded} of=${both}>${data => html`<${Form} key=${asked} asked=${asked} ...${data} />`}<//>
  <//>`;
}
