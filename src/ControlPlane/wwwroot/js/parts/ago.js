// A time as an age that stays true.
import { second } from "../core/clock.js";
import { html } from "../core/html.js";
import { useSignal } from "../core/signal.js";
import { ago, duration } from "../core/units.js";

export function Ago({ time, never = "never" }) {
  const now = useSignal(second);
  return time ? html`<time datetime=${time} title=${new Date(time).toLocaleString()}>${ago(time, now)}</time>` : never;
}

export function Lasting({ since }) {
  const now = useSignal(second);
  return html`<time datetime=${since} title=${new Date(since).toLocaleString()}>${duration(Math.max(0, now - new Date(since)) / 1000)}</time>`;
}

/** Until a time that is to come. */
export function Until({ time }) {
  const left = (new Date(time) - useSignal(second)) / 1000;
  return html`<time datetime=${time} title=${new Date(time).toLocaleString()}>${left > 0 ? `in ${duration(left)}` : `${duration(-left)} ago`}</time>`;
}
