// Who we are to the server, and what we may do.
import { call } from "./api.js";
import { Signal } from "./signal.js";

const scopes = ["none", "read", "operate", "admin"];

/** The server's answer to "who am I"; null until it has answered. */
export const session = new Signal(null);

export const may = (scope, who = session.value) => scopes.indexOf(who?.scope ?? "none") >= scopes.indexOf(scope);

/** The headers of a request: one that changes something shows that it comes from these pages. */
export function authorize(headers = {}, method = "GET") {
  const token = session.value?.csrfToken;
  return token && method !== "GET" ? { ...headers, "X-CSRF-Token": token } : headers;
}

/** Asks the server who we are; an unchanged answer changes nothing here. */
export async function knowMyself() {
  const who = await call("session");
  if (JSON.stringify(who) !== JSON.stringify(session.value)) session.value = who;
}

export async function signIn(token) {
  session.value = await call("session", "POST", { token });
}

export async function signOut() {
  await call("session", "DELETE");
  await knowMyself();
}
