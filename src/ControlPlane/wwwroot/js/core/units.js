// Figures as people read them. A number and its unit never part at a line's end.
const gap = "\u00a0";
const prefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"];

/** A number with three significant digits and a prefix: 1.23 k, 45.6 M. */
export function scaled(value, unit = "") {
  if (typeof value === "string") value = Number(value); // "Infinity" and "NaN" come as texts.
  if (!Number.isFinite(value)) return value === Infinity ? "∞" : "–";
  if (value !== 0 && Math.abs(value) < 1) return value.toPrecision(3) + (unit ? gap + unit : "");
  let step = 0;
  // 999.6 would be shown as 1000, so it goes to the next prefix.
  while (Math.abs(value) >= 999.5 && step < prefixes.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(value) ? 0 : Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  const label = prefixes[step] + unit;
  return value.toFixed(digits) + (label ? gap + label : "");
}

export const hashRate = value => scaled(value, "H/s");

/** A whole number with thin spaces between thousands. */
export function whole(value) {
  return Number.isFinite(value) ? Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f") : "–";
}

/** So many of something: "1 miner", "2 miners". */
export const count = (value, one) => `${whole(value)} ${one}${value === 1 ? "" : "s"}`;

/** Satoshi as bitcoin, without trailing zeros; with at most so many digits after the point. */
export function bitcoin(sats, digits = 8) {
  if (!Number.isFinite(sats)) return "–";
  const negative = sats < 0 ? "-" : "";
  const text = Math.abs(sats).toString().padStart(9, "0");
  const fraction = text.slice(-8, text.length - 8 + digits).replace(/0+$/, "");
  return `${negative}${text.slice(0, -8)}${fraction ? "." + fraction : ""}${gap}BTC`;
}

/** How long ago, in the largest unit that fits. */
export function ago(time, now) {
  const seconds = Math.max(0, Math.round((now - new Date(time)) / 1000));
  return seconds < 2 ? "now" : `${duration(seconds)} ago`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)}${gap}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${gap}min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}${gap}h ${Math.floor((seconds % 3600) / 60)}${gap}min`;
  return `${Math.floor(seconds / 86400)}${gap}d ${Math.floor((seconds % 86400) / 3600)}${gap}h`;
}

/** The clock of an event. */
export function clock(time) {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** camelCase as words: sharesAccepted becomes "Shares accepted". */
export function words(name) {
  const text = name.replace(/([A-Z])/g, " $1").replace(/[-_]/g, " ").replace(/:(?=\S)/g, ": ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A figure of a report in its unit. */
export function figure({ value, unit }) {
  if (unit === "H/s") return hashRate(value);
  if (unit === "sat") return bitcoin(value);
  if (unit === "s") return typeof value === "number" && value >= 60 ? duration(value) : `${scaled(value)}${gap}s`;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return whole(value);
  return scaled(value);
}
