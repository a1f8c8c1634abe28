// A chart over time, by uPlot. Series are { name, values, unit(value) }; times are in seconds.
import uPlot from "../../lib/uplot/uPlot.js";
import { html, useEffect, useRef, useState } from "../core/html.js";
import { useSignal } from "../core/signal.js";
import { theme } from "../core/theme.js";

const palette = ["--accent", "--bad", "--good", "--warn", "--soft"];

/** The colors of the page: light-dark() is resolved only where it is used, on an element. */
function colors() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = name => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { series: palette.map(read), soft: read("--soft"), line: read("--line") };
  probe.remove();
  return found;
}

const fill = color => color.replace(/^rgb\((.*)\)$/, "rgba($1, .12)");

function options(series, width, height, onCursor) {
  const { series: strokes, soft, line } = colors();
  const axis = { stroke: soft, size: 30, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width, height,
    padding: [8, 22, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? high * 1.1 : 1] } },
    axes: [
      { ...axis, values: (_, splits, __, ___, step) => splits.map(s => new Date(s * 1000).toLocaleTimeString([], step < 60 ? { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } : step < 86400 ? { hour: "2-digit", minute: "2-digit", hour12: false } : { hour: "2-digit", hour12: false })) },
      { ...axis, size: (_, values) => 16 + 7 * Math.max(3, ...(values ?? []).map(v => v.length)), values: (_, splits) => splits.map(v => series[0].unit(v)) },
    ],
    series: [{}, ...series.map((s, i) => ({ stroke: strokes[i], width: 1.8, fill: i === 0 ? fill(strokes[0]) : undefined, points: { show: false }, spanGaps: false }))],
    hooks: { setCursor: [plot => onCursor(plot.cursor.idx ?? null)] },
  };
}

export function Chart({ times, series, height = 220, name }) {
  const place = useRef();
  const plot = useRef(null);
  const chosen = useSignal(theme);
  const [at, setAt] = useState(null);
  const shape = series.map(s => s.name).join();

  useEffect(() => {
    let frame = 0;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(series, place.current.clientWidth, height, setAt), [times, ...series.map(s => s.values)], place.current);
    };
    draw();
    const resizing = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => plot.current?.setSize({ width: place.current.clientWidth, height }));
    });
    resizing.observe(place.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resizing.disconnect();
      cancelAnimationFrame(frame);
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, height, chosen]);

  useEffect(() => plot.current?.setData([times, ...series.map(s => s.values)]), [times, series]);

  const index = at === null || at >= times.length ? times.length - 1 : at;
  return html`<div class="chart">
    <div class="readout">
      ${series.map((s, i) => html`<span key=${s.name}><span class="swatch s${i}"></span>${s.name} <b>${index < 0 ? "–" : s.unit(s.values[index])}</b></span>`)}
      ${index >= 0 && at !== null && html`<span>${new Date(times[index] * 1000).toLocaleString()}</span>`}
    </div>
    <div ref=${place} role="img" aria-label=${name}></div>
  </div>`;
}
