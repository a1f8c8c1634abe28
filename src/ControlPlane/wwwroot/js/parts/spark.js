// A line as small as a word.
import { html } from "../core/html.js";

export function Spark({ values, name }) {
  const numbers = (values ?? []).map(v => Number.isFinite(v) ? v : 0);
  if (numbers.length < 2) return html`<span class="note">–</span>`;
  const most = Math.max(...numbers) || 1;
  const points = numbers.map((value, i) => `${(100 * i / (numbers.length - 1)).toFixed(1)},${(25 - 24 * value / most).toFixed(1)}`);
  return html`<svg class="spark" viewBox="0 0 100 26" preserveAspectRatio="none" role="img" aria-label=${name}><path d=${`M${points.join("L")}`} /></svg>`;
}
