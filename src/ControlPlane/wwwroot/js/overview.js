// The figures at the top, and where miners connect.
import { byId, copy, h, keyed, setText } from "./dom.js";
import { ago, duration, hashRate, scaled, whole } from "./units.js";

const tones = { healthy: "good", degraded: "warn", unhealthy: "bad" };
const historyMax = 150;
const history = [];

export function showOverview(overview, lastBlock) {
  const now = new Date(overview.now);
  const pill = byId("health");
  pill.className = `pill ${tones[overview.health]}`;
  setText(pill, overview.health === "healthy" ? "All is well" : overview.health === "degraded" ? "Something is missing" : "Something is broken");

  const problems = byId("problems");
  problems.hidden = overview.problems.length === 0;
  keyed(problems, overview.problems, p => p, () => h("li"), (item, text) => setText(item, text));

  setText(byId("hash-rate"), hashRate(overview.hashRate));
  setText(byId("shares"), whole(overview.sharesAccepted));
  const total = overview.sharesAccepted + overview.sharesRejected;
  setText(byId("rejected"), total === 0 ? "none yet" : `${whole(overview.sharesRejected)} rejected (${(100 * overview.sharesRejected / total).toFixed(2)}\u00a0%)`);
  setText(byId("block-count"), whole(overview.blocks));
  setText(byId("last-block"), lastBlock ? `the last one ${ago(lastBlock.time, now)}` : "none yet");
  setText(byId("best"), overview.bestDifficulty > 0 ? scaled(overview.bestDifficulty) : "–");
  setText(byId("uptime"), `running for ${duration((now - new Date(overview.startedAt)) / 1000)}`);
  document.title = `${hashRate(overview.hashRate)} · sv2`;

  history.push(Number(overview.hashRate) || 0);
  if (history.length > historyMax) history.shift();
  drawHistory(byId("hash-chart"));
  showEndpoints(byId("endpoints"), overview.miningEndpoints);
}

function drawHistory(svg) {
  if (history.length < 2) return;
  const most = Math.max(...history) || 1;
  const points = history.map((value, i) => `${(100 * i / (history.length - 1)).toFixed(2)},${(29 - 27 * value / most).toFixed(2)}`);
  const paths = svg.children.length === 2 ? [...svg.children] : ["area", "line"].map(kind => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", kind);
    svg.append(path);
    return path;
  });
  paths[0].setAttribute("d", `M0,30 L${points.join(" L")} L100,30 Z`);
  paths[1].setAttribute("d", `M${points.join(" L")}`);
}

function showEndpoints(container, endpoints) {
  container.querySelector(".empty")?.remove();
  keyed(container, endpoints, e => `${e.instance} ${e.connectionString ?? e.address}`, endpoint => {
    const text = endpoint.connectionString ?? endpoint.address;
    return h("div", { class: "endpoint" },
      h("code", {}, text),
      h("button", { type: "button", "aria-label": `Copy the connection string of ${endpoint.instance}`, onclick: () => copy(text) }, "Copy"));
  }, () => {});
  if (endpoints.length === 0) container.append(h("p", { class: "empty" }, "Nothing listens for miners. Start the pool below."));
}
