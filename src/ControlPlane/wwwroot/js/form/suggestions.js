// Connection strings of what runs here, for the keys that take them.
const wanted = { pools: "mining", upstreams: "mining", templateProviders: "template-distribution", templateProvider: "template-distribution", jobDeclarators: "job-declaration", jobDeclarator: "job-declaration", declarators: "job-declaration" };

const protocolOf = path => wanted[path.match(/[a-zA-Z]+(?=[^a-zA-Z]*$)/)?.[0] ?? ""];

/** Gives for a path the endpoints here that fit it: [{ text, name }]. */
export function suggestionsFrom(roles, own) {
  const endpoints = (roles ?? []).filter(role => role.name !== own).flatMap(role => (role.report?.endpoints ?? [])
    .filter(e => e.connectionString).map(e => ({ protocol: e.protocol, text: e.connectionString, name: role.name })));
  return path => endpoints.filter(e => e.protocol === protocolOf(path));
}

/** A configuration to start with: what must be set and can be guessed. */
export function firstGuess(kind, roles) {
  const suggest = suggestionsFrom(roles);
  const guess = {};
  const addresses = (roles ?? []).flatMap(role => (role.report?.endpoints ?? []).map(e => e.address));
  for (const [key, schema] of Object.entries(kind.schema.properties ?? {})) {
    const isList = [].concat(schema.type ?? []).includes("array");
    const found = suggest(key);
    if (found.length > 0 && isList) guess[key] = [found[0].text];
    else if (key === "listen" && addresses.includes(schema.default)) guess[key] = "127.0.0.1:0";
    else if (kind.schema.required?.includes(key) && kind.example?.[key] != null && schema.default === undefined) guess[key] = kind.example[key];
  }
  return guess;
}
