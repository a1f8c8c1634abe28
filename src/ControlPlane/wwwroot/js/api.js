// The REST API and the event stream. Every request goes to this server.
import { byId } from "./dom.js";

const root = new URL("../api/v1/", import.meta.url);
let key = read();

function read() {
  try {
    return sessionStorage.getItem("apiKey") ?? "";
  } catch {
    return "";
  }
}

function headers(more = {}) {
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

/** Asks for the API key; resolves once one was given. */
let asking;
function askForKey() {
  asking ??= new Promise(resolve => {
    const dialog = byId("key-dialog");
    dialog.addEventListener("close", () => {
      key = byId("key-input").value.trim();
      byId("key-input").value = "";
      try {
        sessionStorage.setItem("apiKey", key);
      } catch {
        // It holds until the page is left.
      }
      asking = undefined;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

async function problem(response) {
  try {
    const body = await response.json();
    return body.errors?.map(e => [e.key, e.message, e.fix && `(${e.fix})`].filter(Boolean).join(" ")).join("; ") ?? body.detail ?? response.statusText;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

/** Sends a request; gives the JSON of the answer. */
export async function call(path, method = "GET", body = undefined) {
  const response = await fetch(new URL(path, root), {
    method,
    headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15000),
  });
  if (response.status === 401) {
    await askForKey();
    return call(path, method, body);
  }
  if (!response.ok) throw new Error(await problem(response));
  return response.status === 204 ? null : response.json();
}

/**
 * Follows the event stream for ever, resuming where it broke off. With fetch rather than EventSource, which cannot send
 * the API key.
 */
export async function follow(onEvent, onState) {
  let lastId;
  let wait = 500;
  for (;;) {
    try {
      const response = await fetch(new URL("events?recent=200", root), {
        headers: headers(lastId === undefined ? {} : { "Last-Event-ID": lastId }),
      });
      if (response.status === 401) {
        await askForKey();
        continue;
      }
      if (!response.ok) throw new Error(await problem(response));
      onState(true);
      wait = 500;
      for await (const { id, data } of parse(response.body)) {
        lastId = id;
        onEvent(JSON.parse(data));
      }
    } catch {
      // Said below: the stream has ended, whatever the reason.
    }
    onState(false);
    await new Promise(resolve => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, 8000);
  }
}

/** Splits a byte stream into server-sent events. */
async function* parse(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const fields = Object.fromEntries(text.slice(0, end).split("\n").filter(l => !l.startsWith(":")).map(l => l.split(/: (.*)/s, 2)));
      text = text.slice(end + 2);
      if (fields.data) yield fields;
    }
  }
}
