// Connection strings of what runs here, for the keys that take them.
import { editorOf } from "./schema.js";

const wanted = {
  pool: "mining", pools: "mining", upstreams: "mining",
  templateProvider: "template-distribution", templateProviders: "template-distribution",
  declaratorServer: "job-declaration", jobDeclarator: "job-declaration", jobDeclarators: "job-declaration",
};

/** The protocol that a key speaks: by its own name, or where that is just "address" by the list that it is in. */
function protocolOf(path) {
  const names = path.match(/[a-zA-Z]+/g) ?? [];
  return wanted[names.at(-1) === "address" ? names.at(-2) : names.at(-1)];
}

/** Gives for a path the endpoints here that fit it: [{ text, name }]. */
export function suggestionsFrom(roles, own) {
  const endpoints = (roles ?? []).filter(role => role.name !== own).flatMap(role => (role.report?.endpoints ?? [])
    .filter(e => e.connectionString).map(e => ({ protocol: e.protocol, text: e.connectionString, name: role.name })));
  return path => endpoints.filter(e => e.protocol === protocolOf(path));
}

/** The first entry of a list, as far as it can be guessed: a text, or an object with what of it can. */
function firstEntry(key, items, suggest) {
  if (editorOf(items) !== "group") return suggest(key)[0]?.text;
  const parts = Object.keys(items.properties).map(name => [name, suggest(`${key}[0].${name}`)[0]?.text]).filter(([, text]) => text !== undefined);
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}

/** A configuration to start with: what must be set and can be guessed. */
export function firstGuess(kind, roles) {
  const suggest = suggestionsFrom(roles);
  const guess = {};
  const addresses = (roles ?? []).flatMap(role => (role.report?.endpoints ?? []).map(e => e.address));
  for (const [key, schema] of Object.entries(kind.schema.properties ?? {})) {
    const entry = editorOf(schema) === "list" ? firstEntry(key, schema.items ?? {}, suggest) : undefined;
    if (entry !== undefined) guess[key] = [entry];
    else if (key === "listen" && addresses.includes(schema.default)) guess[key] = "127.0.0.1:0";
  }
  return guess;
}
