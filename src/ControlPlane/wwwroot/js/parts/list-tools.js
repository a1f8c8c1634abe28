// Search, filters, sort and pages of a list, kept in the address, so that a link shows the same.
import { html, useEffect, useState } from "../core/html.js";
import { route, setQuery } from "../core/route.js";
import { useSignal } from "../core/signal.js";

/** Reads the address: { search, offset, sort, get(name), query }. `query` goes to the server. */
export function useListQuery({ sort: usual = "", limit = 50, filters = [] } = {}) {
  const { query } = useSignal(route);
  const offset = Number(query.get("offset")) || 0;
  const sort = query.get("sort") ?? usual;
  const given = Object.fromEntries(filters.map(f => [f, query.get(f) ?? ""]));
  return {
    offset, limit, filters: given,
    query: { search: query.get("search") ?? "", sort, offset: offset || "", limit, ...given },
    move: to => setQuery({ offset: to || "" }),
    order: {
      by: sort.replace(/^-/, ""),
      down: sort.startsWith("-"),
      // Figures are looked at from the largest down, so that is the first click.
      choose: field => setQuery({ sort: sort === `-${field}` ? field : `-${field}`, offset: "" }),
    },
  };
}

export function Search({ name, placeholder = "Search" }) {
  const { query } = useSignal(route);
  const [text, setText] = useState(query.get("search") ?? "");
  useEffect(() => {
    const timer = setTimeout(() => text !== (route.value.query.get("search") ?? "") && setQuery({ search: text.trim(), offset: "" }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<input type="search" aria-label=${name} placeholder=${placeholder} value=${text} oninput=${e => setText(e.target.value)} />`;
}

/** A choice that is kept in the address: options are [[value, text], …]. */
export function Choice({ name, label, options }) {
  const { query } = useSignal(route);
  return html`<select aria-label=${label} value=${query.get(name) ?? ""} onchange=${e => setQuery({ [name]: e.target.value, offset: "" })}>
    ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
  </select>`;
}
