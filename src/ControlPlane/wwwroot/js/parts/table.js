// Tables. A column is { title, cell(row), number, mono, wrap, hint(row), sort }, where sort names what a click on it sorts by.
import { html, useRef } from "../core/html.js";

const label = (column, sort) => {
  if (!column.sort || !sort) return column.title;
  const mark = sort.by !== column.sort ? "" : sort.down ? " ↓" : " ↑";
  return html`<button type="button" class="plain" onclick=${() => sort.choose(column.sort)}>${column.title}${mark}</button>`;
};

const ariaSort = (column, sort) => column.sort && sort?.by === column.sort ? (sort.down ? "descending" : "ascending") : undefined;

/** Rows that were not there at the last look are marked for a moment. */
function useNew(keys) {
  const known = useRef(null);
  const seen = known.current;
  known.current = new Set([...(seen ?? []), ...keys].slice(-2000));
  const fresh = useRef(new Map());
  if (seen) for (const key of keys) if (!seen.has(key)) fresh.current.set(key, true);
  return key => fresh.current.has(key);
}

export function Table({ columns, rows, keyOf, name, sort }) {
  const isNew = useNew(rows.map(keyOf));
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${name}>
    <table>
      <thead><tr>${columns.map(c => html`<th scope="col" key=${c.title} class=${c.number ? "number" : ""} aria-sort=${ariaSort(c, sort)}>${label(c, sort)}</th>`)}</tr></thead>
      <tbody>${rows.map(row => html`<tr key=${keyOf(row)} data-key=${keyOf(row)} class=${isNew(keyOf(row)) ? "new" : ""}>
        ${columns.map(c => html`<td key=${c.title} data-label=${c.title} title=${c.hint?.(row)} class=${[c.number && "number", c.mono && "mono", c.wrap && "wrap"].filter(Boolean).join(" ")}>${c.cell(row)}</td>`)}
      </tr>`)}</tbody>
    </table>
  </div>`;
}

/** Turns the pages of a list that is longer than one of them. */
export function Pager({ offset, limit, total, onMove }) {
  if (total <= limit && offset === 0) return null;
  return html`<nav class="pager" aria-label="Pages of the list">
    <button class="small" disabled=${offset === 0} onclick=${() => onMove(Math.max(0, offset - limit))}>Previous</button>
    <span>${total === 0 ? "none" : `${offset + 1} to ${Math.min(total, offset + limit)} of ${total}`}</span>
    <button class="small" disabled=${offset + limit >= total} onclick=${() => onMove(offset + limit)}>Next</button>
  </nav>`;
}
