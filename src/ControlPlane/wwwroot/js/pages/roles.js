// The role instances of this stack.
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { figure, words } from "../core/units.js";
import { Page } from "../parts/page.js";
import { RolePill, roleState, toneOf } from "../parts/pill.js";
import { RoleButtons, RoleMessage } from "../parts/role-parts.js";
import { Empty, Loaded } from "../parts/states.js";
import { Facts } from "../parts/tile.js";

const shown = 6;

const Card = ({ role, refresh }) => html`<article class="role ${toneOf(roleState(role))}" aria-label=${role.name}>
  <header><h2><a href=${link("roles", role.name)}>${role.name}</a></h2>${role.kind !== role.name && html`<span class="note">${role.kind}</span>`}<${RolePill} role=${role} /></header>
  <${RoleMessage} role=${role} />
  <${Facts} of=${[
    ...(role.report?.endpoints ?? []).map(e => ["Listens", `${e.address}, ${e.protocol.replaceAll("-", " ")}`]),
    ...(role.report?.figures ?? []).slice(0, shown).map(f => [words(f.name), figure(f)]),
  ]} />
  <${RoleButtons} role=${role} refresh=${refresh} />
</article>`;

export function Roles() {
  const live = useLive("roles", { on: ["role-state", "role-definition", "upstream"], every: 3 });
  return html`<${Page} title="Roles" intro="What runs here. They start in this order and stop in the reverse one."
      actions=${html`<a class="button primary" href=${link("roles", "new")}>Add a role</a>`}>
    <${Loaded} of=${live}>${roles => roles.length === 0
      ? html`<${Empty}><strong>Nothing runs here yet.</strong><span>Add a template provider first, then a pool that takes its templates, then a device.</span><//>`
      : html`<div class="cards">${roles.map(role => html`<${Card} key=${role.name} role=${role} refresh=${live.refresh} />`)}</div>`}<//>
  <//>`;
}
