// What a role's card and its page have in common: what it says, and the buttons of its life cycle.
import { call } from "../core/api.js";
import { html } from "../core/html.js";
import { Act } from "./action.js";
import { Until } from "./ago.js";

export function RoleMessage({ role }) {
  if (role.state === "failed") return html`<p class="message">${role.failureReason} ${role.restartAt ? html`Next attempt <${Until} time=${role.restartAt} />.` : "Change its configuration, then start it."}</p>`;
  return html`<p class="message">${role.report?.message ?? (role.state === "stopped" ? "Stopped. Start it when you need it." : "")}</p>`;
}

export const servesMiners = role => role.report?.endpoints?.some(e => e.protocol === "mining" || e.protocol === "stratum-v1");

export function RoleButtons({ role, refresh }) {
  const ask = (verb, query = "") => async () => {
    try {
      return await call(`roles/${encodeURIComponent(role.name)}/${verb}${query}`, "POST");
    } finally {
      refresh();
    }
  };
  const isMoving = role.state === "starting" || role.state === "stopping";
  const isStopped = role.state === "stopped";
  return html`<div class="row buttons">
    <${Act} label=${`Start ${role.name}`} work=${ask("start")} disabled=${isMoving || role.state === "running"}>Start<//>
    <${Act} label=${`Stop ${role.name}`} work=${ask("stop")} disabled=${isMoving || isStopped}>Stop<//>
    <${Act} label=${`Restart ${role.name}`} work=${ask("restart")} disabled=${isMoving || isStopped}>Restart<//>
    ${servesMiners(role) && html`<${Act} label=${`Drain ${role.name}`} work=${ask("drain", "?then=stop")} done=${`${role.name} is drained and stopped.`} disabled=${isMoving}>Drain<//>`}
  </div>`;
}
