// The event stream, followed for ever and resumed where it broke off. With fetch rather than EventSource, which does not tell
// why it was refused.
import { open } from "./api.js";
import { may } from "./session.js";
import { Signal } from "./signal.js";

const kept = 500;
const listeners = new Set();

/** The newest events, the newest first. */
export const recent = new Signal([]);

/** The figures of this moment, as the stream brings them every few seconds. */
export const rates = new Signal(null);

/** Whether the stream flows; null before the first attempt. */
export const streaming = new Signal(null);

/** Calls a listener with each new event; gives what ends that. */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let lastId;

function take({ id, event, data }) {
  const value = JSON.parse(data);
  if (event === "rates") {
    rates.value = value;
    return;
  }
  if (id !== undefined) lastId = id;
  recent.value = [value, ...recent.value].slice(0, kept);
  for (const listener of [...listeners]) listener(value);
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** Never returns. */
export async function follow() {
  let wait = 500;
  for (;;) {
    // Who may not listen is not told that the stream is interrupted.
    while (!may("read")) {
      streaming.value = null;
      await pause(500);
    }
    try {
      const response = await open("events?recent=200", lastId === undefined ? {} : { "Last-Event-ID": lastId });
      streaming.value = true;
      wait = 500;
      for await (const fields of parse(response.body)) take(fields);
    } catch {
      // Said by `streaming`: it has ended, whatever the reason.
    }
    streaming.value = false;
    await pause(wait);
    wait = Math.min(wait * 2, 8000);
  }
}

/** Splits a byte stream into server-sent events. */
async function* parse(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const lines = text.slice(0, end).split("\n").filter(line => !line.startsWith(":"));
      text = text.slice(end + 2);
      const fields = Object.fromEntries(lines.map(line => line.split(/: (.*)/s, 2)));
      if (fields.data) yield fields;
    }
  }
}
