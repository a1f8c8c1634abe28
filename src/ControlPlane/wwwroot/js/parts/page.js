// The heading of a page, with what can be done there.
import { html, useEffect, useRef } from "../core/html.js";
import { hasMoved } from "../core/route.js";

export function Page({ title, intro, crumb, pill, actions, children }) {
  const heading = useRef();
  useEffect(() => {
    document.title = `${title} · sv2`;
  }, [title]);
  // Who came by a link hears where they are, and goes on from there by keyboard.
  useEffect(() => {
    if (hasMoved) heading.current?.focus({ preventScroll: true });
  }, []);
  return html`
    ${crumb && html`<p class="crumb">${crumb}</p>`}
    <div class="heading">
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
      ${pill}
      ${actions && html`<div class="actions">${actions}</div>`}
    </div>
    ${intro && html`<p class="intro">${intro}</p>`}
    ${children}`;
}

/** A framed part of a page with a heading of its own. */
export function Panel({ title, note, more, id, children }) {
  return html`<section class="panel" aria-label=${title} id=${id}>
    <header><h2>${title}</h2>${note && html`<span class="note">${note}</span>`}${more && html`<span class="more">${more}</span>`}</header>
    ${children}
  </section>`;
}
