// The REST API. Every request goes to this server.
import { tune } from "./clock.js";
import { authorize, knowMyself } from "./session.js";

const root = new URL("../../api/v1/", import.meta.url);
const patience = 60000; // Draining a pool takes its time.

/** An answer that is not a success: what it says, and for a form the keys that are wrong. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(ApiError.#sentence(status, problem));
    this.status = status;
    this.problems = problem?.errors ?? [];
  }

  static #sentence(status, problem) {
    const lines = problem?.errors?.map(e => [e.key && `${e.key}:`, e.message, e.fix && `(${e.fix})`].filter(Boolean).join(" "));
    return lines?.length ? lines.join("; ") : problem?.detail ?? problem?.title ?? `The server answered with status ${status}.`;
  }
}

async function failure(path, response) {
  // The session has ended; the pages ask to sign in as soon as they know.
  if (response.status === 401 && path !== "session") knowMyself().catch(() => {});
  return new ApiError(response.status, await response.json().catch(() => null));
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(new URL(path, root), { ...options, headers: authorize(options.headers, options.method) });
  } catch (error) {
    throw new Error(error.name === "TimeoutError" ? "sv2 does not answer in time." : "sv2 does not answer. Is it still running?");
  }
  tune(response.headers.get("Date"));
  if (!response.ok) throw await failure(path, response);
  return response;
}

/** Sends a request and gives the JSON of the answer. */
export async function call(path, method = "GET", body = undefined) {
  const response = await send(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  });
  return response.status === 204 ? null : response.json();
}

/** Opens a stream. */
export const open = (path, headers) => send(path, { method: "GET", headers });

/** A path with its query; what is empty is left out. */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null && value !== false);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
