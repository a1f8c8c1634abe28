// What stands where data is missing: still loading, broken, or simply none. Each says what to do.
import { html } from "../core/html.js";

export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

export const Problem = ({ error, refresh }) => html`<div class="notice" role="alert">
  ${error.status === 404 ? "There is no such thing here (any more). " : ""}${error.message}${" "}
  ${refresh && html`<button class="small" onclick=${refresh}>Try again</button>`}
</div>`;

/** Shows a live value once it is there: html`<${Loaded} of=${live}>${data => …}<//>`. */
export function Loaded({ of: { data, error, refresh }, children }) {
  const show = Array.isArray(children) ? children[0] : children;
  if (data === undefined) return error ? html`<${Problem} error=${error} refresh=${refresh} />` : html`<p class="loading" role="status">Loading…</p>`;
  return html`
    ${error && html`<p class="notice warn" role="status">Not up to date: ${error.message} This page tries again by itself.</p>`}
    <div class=${error ? "stack stale" : "stack"}>${show(data)}</div>`;
}
