// What a form needs to know of a JSON schema.

const types = schema => [].concat(schema.type ?? []).filter(t => t !== "null");

/** How a value is edited: choice, switch, number, list, group or text. */
export function editorOf(schema) {
  if (schema.enum) return "choice";
  const [type] = types(schema);
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  if (type === "array") return "list";
  if (type === "object" && schema.properties) return "group";
  if (type === "object" || type === undefined) return "json";
  return "text";
}

export const isNullable = schema => [].concat(schema.type ?? []).includes("null");

/** A default as the form shows it, or null where there is none to show. */
export function defaultText(schema) {
  const value = schema.default;
  if (value === undefined || value === null || value === "" || typeof value === "object") return null;
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** The limits in words. */
export function limits(schema) {
  const low = schema.minimum ?? schema["x-minimum"];
  const high = schema.maximum ?? schema["x-maximum"];
  if (low === undefined && high === undefined) return null;
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  return low !== undefined ? `at least ${low}` : `at most ${high}`;
}

/** An example of the form that a text must have. */
export const formats = {
  duration: "30s, 5m, 1h or 00:00:30",
  endpoint: "127.0.0.1:34254",
  "connection-string": "stratum2+tcp://host:port/key",
  uri: "http://host:port",
  "authority-key": "9…",
};

/** The object with one key changed; undefined takes it away, so that its default counts. */
export function withKey(object, key, value) {
  const { [key]: _, ...rest } = object ?? {};
  return value === undefined ? rest : { ...rest, [key]: value };
}

/** The problems at a path or below it. */
export const problemsAt = (problems, path) => problems.filter(p => p.key === path);
export const problemsBelow = (problems, path) => problems.filter(p => p.key === path || p.key.startsWith(`${path}.`) || p.key.startsWith(`${path}[`));
