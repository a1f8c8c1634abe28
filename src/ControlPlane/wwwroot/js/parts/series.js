// A chart of a series of the server, with the choice of how far back.
import { html, useMemo } from "../core/html.js";
import { useLive } from "../core/live.js";
import { hashRate, whole } from "../core/units.js";
import { Chart } from "./chart.js";
import { Empty, Loaded } from "./states.js";

export const ranges = { "15m": "15 minutes", "1h": "hour", "6h": "6 hours", "24h": "day", "7d": "week", "30d": "month", "1y": "year" };

export const RangeChoice = ({ value, onChange, name }) => html`<select class="range" aria-label=${`How far back: ${name}`} value=${value} onchange=${e => onChange(e.target.value)}>
  ${Object.entries(ranges).map(([key, text]) => html`<option key=${key} value=${key}>Last ${text}</option>`)}
</select>`;

const names = { hashRate: "Hash rate", accepted: "Accepted", rejected: "Rejected" };
const nameOf = label => names[label] ?? (label || "Hash rate").replaceAll("-", " ");

/** Lines at the same times: [[time…], [values…]…] with null where a line has no value. */
function align(lines) {
  const times = [...new Set(lines.flatMap(line => line.points.map(p => p[0])))].sort((a, b) => a - b);
  const columns = lines.map(line => {
    const values = new Map(line.points.map(p => [p[0], Number(p[1])]));
    return times.map(t => values.get(t) ?? null);
  });
  return { times, columns };
}

/** The lines of a view whose label is wanted, as a chart. */
export function SeriesChart({ view, wanted, name, unit = hashRate, height }) {
  const { times, series } = useMemo(() => {
    const lines = view.lines.filter(line => !wanted || wanted.includes(line.label));
    const { times, columns } = align(lines);
    return { times, series: lines.map((line, i) => ({ name: nameOf(line.label), values: columns[i], unit: v => v === null || v === undefined ? "–" : unit(v) })) };
  }, [view, wanted?.join()]);
  if (times.length < 2) return html`<${Empty}>The first figures come within minutes.<//>`;
  return html`<${Chart} times=${times} series=${series} name=${name} height=${height} />`;
}

/** A series by its path. */
export function Series({ path, range, every = 10, points = 240, ...chart }) {
  const live = useLive(`${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams({ range, points })}`, { every });
  return html`<${Loaded} of=${live}>${view => html`<${SeriesChart} view=${view} ...${chart} />`}<//>`;
}

/** Shares in a step. */
export const shares = value => `${whole(value)}`;
