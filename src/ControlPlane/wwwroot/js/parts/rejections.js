// Why shares were rejected, in plain words.
import { html } from "../core/html.js";
import { whole } from "../core/units.js";

const reasons = {
  "stale-share": "The work was for a block that has been found meanwhile. A few are normal; many mean a slow connection between miner and pool.",
  "difficulty-too-low": "The hash did not meet the difficulty that the pool had set. A device at fault, or one that ignores a change of its target.",
  "duplicate-share": "The same share came twice. Firmware that repeats itself, or two devices that work on the same part of the search.",
  "invalid-job-id": "The job is not known (any more). The device went on with work of an earlier connection or of an old block.",
  "invalid-channel-id": "The channel is not open. The device mixed up its connections.",
  "invalid-timestamp": "The time in the header is outside of what the job allows. Look at the device's clock.",
  "invalid-ntime": "The time in the header is outside of what the job allows. Look at the device's clock.",
  "invalid-version": "The device changed version bits that the channel does not let it change.",
  "invalid-extranonce": "The extranonce has another length than the channel's.",
  "bad-extranonce-size": "The extranonce has another length than the channel's.",
};

/** What a code means; null where only its name tells. */
export const explain = code => reasons[code] ?? null;

export function Rejections({ counts, accepted }) {
  const list = Object.entries(counts ?? {}).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  if (list.length === 0) return html`<p class="empty">${accepted > 0 ? "No share was rejected." : "No share has been judged yet."}</p>`;
  const most = list[0][1];
  return html`<ul class="bars">${list.map(([code, n]) => html`<li key=${code}>
    <strong>${code.replaceAll("-", " ")}</strong><span>${whole(n)}</span>
    <meter min="0" max=${most} value=${n}>${n}</meter>
    ${explain(code) && html`<p>${explain(code)}</p>`}
  </li>`)}</ul>`;
}

/** Rejected shares as a part of all: "12 (0.40 %)". */
export function rejectedPart(accepted, rejected) {
  if (!rejected) return accepted > 0 ? "none" : "–";
  return `${whole(rejected)} (${(100 * rejected / (accepted + rejected)).toFixed(2)}\u00a0%)`;
}
