// The server's time, so that a browser's wrong clock does no harm.
import { Signal } from "./signal.js";

let ahead = 0; // Milliseconds that the server's clock is ahead of ours.

/** Takes the Date header of an answer. It has whole seconds, so small differences say nothing. */
export function tune(header) {
  const server = Date.parse(header ?? "");
  if (Number.isNaN(server)) return;
  const difference = server + 500 - Date.now();
  ahead = Math.abs(difference) < 1500 ? 0 : difference;
}

export const now = () => Date.now() + ahead;

/** The time, told each second. */
export const second = new Signal(now());
setInterval(() => document.hidden || (second.value = now()), 1000);
