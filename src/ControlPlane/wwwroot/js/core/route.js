// Where in the pages we are: #/miners/alice?sort=hashRate. Hashes need nothing from the server.
import { Signal } from "./signal.js";

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Typed by hand.
  }
}

function read() {
  const [path, query] = location.hash.replace(/^#/, "").split(/\?(.*)/s);
  return { parts: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query ?? "") };
}

export const route = new Signal(read());

/** Whether somebody went from one page to another, rather than just came. */
export let hasMoved = false;

addEventListener("hashchange", () => {
  hasMoved = true;
  route.value = read();
});

/** The address of a page: link("miners", "alice"). */
export const link = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");

export function go(...parts) {
  location.hash = link(...parts);
}

/** Changes the query of this page without an entry in the history. Empty values are left out. */
export function setQuery(changes) {
  const { parts, query } = route.value;
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value == null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", link(...parts) + (text ? `?${text}` : ""));
  route.value = read();
}
