// One figure with its name.
import { html } from "../core/html.js";

export const Tile = ({ title, note, id, broad, children }) => html`<div class=${broad ? "tile broad" : "tile"}>
  <h2>${title}</h2>
  <p class="figure" id=${id}>${children}</p>
  ${note && html`<p class="note">${note}</p>`}
</div>`;

/** Terms and what they are: [[name, value], …]; what is null is left out. */
export const Facts = ({ of }) => html`<dl class="facts">
  ${of.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd key=${`${name}=`}>${value}</dd>`)}
</dl>`;
