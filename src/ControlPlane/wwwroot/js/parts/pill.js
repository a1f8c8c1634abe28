// A state in one word and a color.
import { html } from "../core/html.js";

const tones = {
  healthy: "good", degraded: "warn", unhealthy: "bad",
  running: "good", starting: "warn", stopping: "warn", draining: "warn", failed: "bad",
  connected: "good", ready: "good", connecting: "warn", "backing-off": "bad", standby: "",
  accepted: "good", submitted: "warn", rejected: "bad", orphaned: "bad",
  declared: "warn", "awaiting-transactions": "warn", mining: "good", solved: "good", refused: "bad", dropped: "",
  online: "good", offline: "bad",
  info: "", success: "good", warning: "warn", error: "bad",
};

export const toneOf = state => tones[state] ?? "";

export const Pill = ({ state, text, hint }) => html`<span class="pill ${toneOf(state)}" title=${hint}>${text ?? (state ?? "").replaceAll("-", " ")}</span>`;

/** State and health of a role instance as one. */
export function roleState(role) {
  if (role.state !== "running") return role.state;
  return role.report && role.report.health !== "healthy" ? role.report.health : "running";
}

export const RolePill = ({ role }) => html`<${Pill} state=${roleState(role)} hint=${`since ${new Date(role.since).toLocaleString()}`} />`;
