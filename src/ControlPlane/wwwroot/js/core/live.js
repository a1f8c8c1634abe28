// What the server has, kept true: one request for a path however many show it, again when an event says that it changed,
// and every few seconds while somebody looks.
import { call } from "./api.js";
import { useEffect, useState } from "./html.js";
import { onEvent } from "./stream.js";

const sources = new Map();

class Source {
  state = { data: undefined, error: null };
  watchers = new Set();
  #running = null;
  #again = false;

  constructor(path) {
    this.path = path;
  }

  /** One request at a time; asked for during one, another follows. */
  refresh = () => {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    return this.#running = this.#load();
  };

  async #load() {
    do {
      this.#again = false;
      try {
        this.#tell({ data: await call(this.path), error: null });
      } catch (error) {
        // What was true a moment ago is worth more than an empty page.
        this.#tell({ data: this.state.data, error });
      }
    } while (this.#again);
    this.#running = null;
  }

  #tell(state) {
    this.state = state;
    for (const watcher of [...this.watchers]) watcher(state);
  }
}

function sourceOf(path) {
  let source = sources.get(path);
  if (!source) sources.set(path, source = new Source(path));
  return source;
}

/**
 * The JSON of a path: { data, error, refresh }. `on` are types of events that change it, `every` the seconds between two
 * looks. A null path gives nothing.
 */
export function useLive(path, { on = [], every = 5 } = {}) {
  const [, redraw] = useState();
  const types = on.join();
  useEffect(() => {
    if (path === null) return undefined;
    const source = sourceOf(path);
    source.watchers.add(redraw);
    source.refresh();
    const look = () => document.hidden || source.refresh();
    const timer = setInterval(look, every * 1000);
    document.addEventListener("visibilitychange", look);
    const deaf = onEvent(event => (event.type === "gap" || types.split(",").includes(event.type)) && look());
    return () => {
      source.watchers.delete(redraw);
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      deaf();
      // Kept for a quick way back, but not the answers to every search ever typed.
      if (source.watchers.size === 0 && sources.size > 40) sources.delete(path);
    };
  }, [path, types, every]);
  if (path === null) return { data: undefined, error: null, refresh: () => {} };
  const source = sourceOf(path);
  return { ...source.state, refresh: source.refresh };
}
