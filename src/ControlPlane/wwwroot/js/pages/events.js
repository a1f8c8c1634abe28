// What happened, as it happens, and before.
import { withQuery } from "../core/api.js";
import { html, useMemo } from "../core/html.js";
import { useLive } from "../core/live.js";
import { route } from "../core/route.js";
import { useSignal } from "../core/signal.js";
import { recent } from "../core/stream.js";
import { EventList } from "../parts/event-list.js";
import { Choice, Search } from "../parts/list-tools.js";
import { Page } from "../parts/page.js";

const severities = [["", "Every severity"], ["success", "Good news"], ["info", "Normal life"], ["warning", "Warnings"], ["error", "Errors"]];
const types = [
  ["", "Everything"], ["block", "Blocks"], ["new-tip", "New tips"], ["worker-online", "Workers that came"], ["worker-offline", "Workers that left"],
  ["role-state", "States of roles"], ["role-definition", "Changes of roles"], ["upstream", "Upstreams"], ["alarm", "Alarms"],
];

/** What was there before and what came since, each once, the newest first. */
function joined(before, since) {
  const known = new Set(since.map(e => e.id));
  return [...since, ...before.filter(e => !known.has(e.id))].sort((a, b) => b.id - a.id);
}

export function Events() {
  const { query } = useSignal(route);
  const [severity, type, search] = ["severity", "type", "search"].map(name => query.get(name) ?? "");
  const history = useLive(withQuery("events/history", { limit: 500, type, severity }), { every: 60 });
  const live = useSignal(recent);
  const events = useMemo(() => joined(history.data?.items ?? [], live).filter(e =>
    (!severity || e.severity === severity) && (!type || e.type === type) && (!search || `${e.instance} ${e.message}`.toLowerCase().includes(search.toLowerCase()))).slice(0, 500),
  [history.data, live, severity, type, search]);
  return html`<${Page} title="Events" intro="New ones come by themselves, on top.">
    <section class="panel" aria-label="Events">
      <div class="tools">
        <${Search} name="Search in events" placeholder="Text or role" />
        <${Choice} name="type" label="Type" options=${types} />
        <${Choice} name="severity" label="Severity" options=${severities} />
        <span class="note">${events.length} shown</span>
      </div>
      <${EventList} events=${events} empty=${severity || type || search ? "No event fits this search." : "Nothing has happened yet."} />
    </section>
  <//>`;
}
