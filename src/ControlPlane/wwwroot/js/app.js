// The page: asks the API for what it shows, and at once again when an event says that something changed.
import { call, follow } from "./api.js";
import { byId } from "./dom.js";
import { addEvent } from "./events.js";
import { showBlocks, showChannels } from "./lists.js";
import { showOverview } from "./overview.js";
import { showRoles } from "./roles.js";

const period = 2000;
const state = { streaming: true, loaded: true, reason: "" };
let running; // The refresh under way.
let again = false;

function showConnection() {
  const notice = byId("notice");
  notice.hidden = state.loaded && state.streaming;
  if (!state.loaded) notice.textContent = `sv2 does not answer (${state.reason}). Is it still running? This page tries again by itself.`;
  else if (!state.streaming) notice.textContent = "The event stream is interrupted. This page tries again by itself.";
  document.body.classList.toggle("stale", !state.loaded);
}

async function load() {
  try {
    const [overview, roles, blocks, channels] = await Promise.all([call("overview"), call("roles"), call("blocks?limit=12"), call("channels?limit=100")]);
    // The server's clock, so that a browser's wrong one does no harm.
    const now = new Date(overview.now);
    showOverview(overview, blocks.items[0]);
    showRoles(byId("roles"), roles, now, refresh);
    showBlocks(byId("blocks"), blocks, now);
    showChannels(byId("channels"), channels, now);
    state.loaded = true;
  } catch (error) {
    state.loaded = false;
    state.reason = error.message;
  }
  showConnection();
}

/** One refresh at a time; asked for during one, another follows. */
function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    do {
      again = false;
      await load();
    } while (again);
    running = undefined;
  })();
  return running;
}

const refreshing = new Set(["role-state", "role-definition", "block", "upstream", "worker-online", "worker-offline", "gap"]);

refresh();
setInterval(() => document.hidden || refresh(), period);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
follow(
  event => {
    addEvent(byId("events"), event);
    if (refreshing.has(event.type) && !document.hidden) refresh();
  },
  streaming => {
    state.streaming = streaming;
    showConnection();
  });
