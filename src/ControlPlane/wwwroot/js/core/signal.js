// A value that components follow.
import { useEffect, useState } from "./html.js";

export class Signal {
  #value;
  #listeners = new Set();

  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Calls a listener at each change; gives what ends that. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The value in a component, which is drawn again when it changes. */
export function useSignal(signal) {
  const [value, set] = useState(signal.value);
  useEffect(() => {
    set(signal.value);
    return signal.listen(set);
  }, [signal]);
  return value;
}
