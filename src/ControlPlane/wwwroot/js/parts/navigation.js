// Where one can go.
import { html, useEffect, useState } from "../core/html.js";
import { link, route } from "../core/route.js";
import { useSignal } from "../core/signal.js";
import { rates } from "../core/stream.js";
import { choices, theme } from "../core/theme.js";
import { words } from "../core/units.js";
import { sections } from "../pages/index.js";
import { Icon } from "./icons.js";

const Brand = () => html`<a class="brand" href="#/"><img src="icon.svg" alt="" width="28" height="28" />sv2</a>`;

function Link({ path, icon, title, count }) {
  const here = useSignal(route).parts;
  const number = count?.(useSignal(rates));
  return html`<li><a href=${link(...path)} aria-current=${(path[0] ?? "") === (here[0] ?? "") ? "page" : undefined}>
    <${Icon} name=${icon} />${title}${number > 0 && html`<span class="count">${number}</span>`}
  </a></li>`;
}

function ThemeChoice() {
  const chosen = useSignal(theme);
  return html`<label>Theme <select value=${chosen} onchange=${e => theme.value = e.target.value}>
    ${choices.map(c => html`<option key=${c} value=${c}>${words(c)}</option>`)}
  </select></label>`;
}

export function Navigation({ version, health }) {
  const [isOpen, open] = useState(false);
  const here = useSignal(route);
  useEffect(() => open(false), [here]);
  return html`
    <div class="topbar">
      <button type="button" aria-label="Menu" aria-expanded=${String(isOpen)} aria-controls="menu" onclick=${() => open(!isOpen)}><${Icon} name="menu" /></button>
      <${Brand} />${health}
    </div>
    <nav id="menu" class=${isOpen ? "side open" : "side"} aria-label="Pages" onkeydown=${e => e.key === "Escape" && open(false)}>
      <${Brand} /><div class="health">${health}</div>
      ${sections.map(({ title, links }) => html`<div key=${title}>${title && html`<h2>${title}</h2>`}<ul>${links.map(l => html`<${Link} key=${l.title} ...${l} />`)}</ul></div>`)}
      <div class="foot">
        <${ThemeChoice} />
        <span><a href="swagger/">REST API</a> · <a href="metrics">Metrics</a></span>
        <span>${version && `Version ${version}`}</span>
      </div>
    </nav>`;
}
