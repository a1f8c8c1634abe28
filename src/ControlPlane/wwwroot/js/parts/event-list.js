// Events, the newest on top.
import { html } from "../core/html.js";
import { link } from "../core/route.js";
import { clock } from "../core/units.js";

/** Hashes are long, and their ends tell them apart. */
const shortened = message => message.split(/\b([0-9a-f]{64})\b/).map((part, i) => i % 2 === 0 ? part : html`<abbr key=${i} title=${part}>${part.slice(0, 6)}…${part.slice(-8)}</abbr>`);

const Line = ({ event }) => html`<li class=${event.severity}>
  <time datetime=${event.time} title=${new Date(event.time).toLocaleString()}>${clock(event.time)}</time>
  <span class="who">${event.instance ? html`<a href=${link("roles", event.instance)}>${event.instance}</a>` : "host"}</span>
  <span class="what">${shortened(event.message)}</span>
</li>`;

export const EventList = ({ events, empty = "Nothing has happened yet." }) => events.length === 0
  ? html`<p class="empty">${empty}</p>`
  : html`<ol class="events">${events.map(e => html`<${Line} key=${e.id} event=${e} />`)}</ol>`;
