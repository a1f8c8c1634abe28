// The cards of the role instances.
import { call } from "./api.js";
import { h, keyed, setText, toast } from "./dom.js";
import { figure, words } from "./units.js";

const tones = { healthy: "good", degraded: "warn", unhealthy: "bad" };

export function showRoles(container, roles, now, refresh) {
  container.querySelector(":scope > .empty")?.remove();
  keyed(container, roles, r => r.name, r => createCard(r, refresh), (card, role) => updateCard(card, role, now));
  if (roles.length === 0) container.append(h("p", { class: "empty" }, "No roles yet. Create one with POST /api/v1/roles; the REST API page shows how."));
}

function createCard({ name }, refresh) {
  const act = (verb, label) => h("button", {
    type: "button",
    "data-verb": verb,
    "aria-label": `${label} ${name}`,
    onclick: async event => {
      const buttons = event.currentTarget.parentElement;
      buttons.dataset.busy = "";
      for (const button of buttons.children) button.disabled = true;
      try {
        await call(`roles/${name}/${verb}`, "POST");
      } catch (error) {
        toast(`${label} ${name}: ${error.message}`);
      }
      delete buttons.dataset.busy;
      await refresh();
    },
  }, label);
  return h("article", { class: "role", "aria-label": name },
    h("header", {}, h("h3", {}, name), h("span", { class: "kind" }), h("span", { class: "pill" })),
    h("p", { class: "message" }),
    h("dl"),
    h("details", {}, h("summary", {}, "Configuration"), h("pre", { tabindex: "0" })),
    h("div", { class: "buttons" }, act("start", "Start"), act("stop", "Stop"), act("restart", "Restart")));
}

function updateCard(card, role, now) {
  const { tone, state } = stateOf(role);
  card.className = `role ${tone}`;
  const pill = card.querySelector(".pill");
  pill.className = `pill ${tone}`;
  setText(pill, state);
  pill.title = `since ${new Date(role.since).toLocaleString()}`;
  const kind = card.querySelector(".kind");
  setText(kind, role.kind === role.name ? "" : role.kind);
  setText(card.querySelector(".message"), messageOf(role, now));
  updateFacts(card.querySelector("dl"), role);
  setText(card.querySelector("pre"), JSON.stringify(role.configuration, null, 2));

  const buttons = card.querySelector(".buttons");
  if ("busy" in buttons.dataset) return;
  const moves = role.state === "starting" || role.state === "stopping";
  for (const button of buttons.children) {
    const stopped = role.state === "stopped";
    button.disabled = moves || (button.dataset.verb === "start" ? role.state === "running" : stopped);
  }
}

function stateOf(role) {
  if (role.state === "running") return { tone: tones[role.report?.health] ?? "warn", state: role.report?.health === "healthy" ? "running" : role.report?.health ?? "running" };
  return { tone: role.state === "failed" ? "bad" : "", state: role.state };
}

function messageOf(role, now) {
  if (role.state !== "failed") return role.report?.message ?? (role.state === "stopped" ? "Stopped. Start it when you need it." : "");
  const seconds = role.restartAt ? Math.max(0, Math.round((new Date(role.restartAt) - now) / 1000)) : null;
  return `${role.failureReason}${seconds === null ? " Change its configuration, then start it." : ` Next attempt in ${seconds} s.`}`;
}

function updateFacts(list, role) {
  const facts = [];
  for (const e of role.report?.endpoints ?? []) facts.push(["Listens", `${e.address}, ${e.protocol.replaceAll("-", " ")}`]);
  for (const u of role.report?.upstreams ?? []) facts.push(["Upstream", `${shorten(u.address)}: ${u.state.replaceAll("-", " ")}${u.reason ? `, ${u.reason}` : ""}`]);
  for (const f of role.report?.figures ?? []) facts.push([words(f.name), figure(f)]);
  const wanted = facts.flatMap(([name, value]) => [["DT", name], ["DD", value]]);
  const same = list.children.length === wanted.length && wanted.every(([tag], i) => list.children[i].tagName === tag);
  if (!same) list.replaceChildren(...wanted.map(([tag]) => h(tag.toLowerCase())));
  wanted.forEach(([, text], i) => setText(list.children[i], text));
}

/** A connection string without its key, which is long and says nothing to the eye. */
function shorten(address) {
  return address.replace(/^stratum2\+tcp:\/\//, "").replace(/\/.*$/, "");
}
