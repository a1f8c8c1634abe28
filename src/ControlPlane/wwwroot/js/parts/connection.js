// A connection string to take along: copied, or read from the screen by a phone.
import { encode } from "../../lib/uqr/uqr.js";
import { html, useMemo, useState } from "../core/html.js";
import { copy } from "../core/toast.js";

/** The code as one path, a module one unit wide, with a quiet zone of four. */
export function Qr({ text }) {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { border: 4, ecc: "M" });
    const runs = data.flatMap((row, y) => row.flatMap((dark, x) => dark ? [`M${x} ${y}h1v1h-1z`] : []));
    return { size, path: runs.join("") };
  }, [text]);
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label=${`QR code of ${text}`} shape-rendering="crispEdges"><path d=${path} /></svg>`;
}

export function Connection({ text, name, isOpen = false }) {
  const [isShown, show] = useState(isOpen);
  return html`<div class="connection">
    <div class="string">
      <code>${text}</code>
      <button type="button" aria-label=${`Copy the connection string of ${name}`} onclick=${() => copy(text)}>Copy</button>
      <button type="button" aria-expanded=${String(isShown)} aria-label=${`QR code of ${name}`} onclick=${() => show(!isShown)}>QR</button>
    </div>
    ${isShown && html`<${Qr} text=${text} />`}
  </div>`;
}

/** A connection string without its key, which is long and says nothing to the eye. */
export const shorten = address => address.replace(/^stratum2\+tcp:\/\//, "").replace(/\/.*$/, "");
