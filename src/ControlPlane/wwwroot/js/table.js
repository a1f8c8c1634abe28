// Tables from rows of data.
import { h, setText } from "./dom.js";

/**
 * Shows rows in a container. Columns are { title, number?, text(row), title?(row) }; keyOf tells rows apart, so that new
 * ones can be marked.
 */
export function table(container, columns, rows, keyOf, empty) {
  if (rows.length === 0) {
    if (!container.querySelector(".empty")) container.replaceChildren(h("p", { class: "empty" }));
    setText(container.querySelector(".empty"), empty);
    return;
  }
  let body = container.querySelector("tbody");
  const known = new Set(body ? [...body.rows].map(r => r.dataset.key) : rows.map(keyOf));
  if (!body) {
    const head = h("tr", {}, ...columns.map(c => h("th", { scope: "col", class: c.number && "number" }, c.title)));
    body = h("tbody");
    container.replaceChildren(h("table", {}, h("thead", {}, head), body));
  }
  const present = new Map([...body.rows].map(r => [r.dataset.key, r]));
  body.replaceChildren(...rows.map(row => {
    const key = keyOf(row);
    const line = present.get(key) ?? h("tr", { "data-key": key, class: known.has(key) ? null : "new" }, ...columns.map(c => h("td", { class: c.number ? "number" : c.mono && "mono" })));
    columns.forEach((column, i) => {
      setText(line.cells[i], column.text(row));
      const hint = column.hint?.(row);
      if (hint) line.cells[i].title = hint;
    });
    return line;
  }));
}
