// How much is logged.
import { call } from "../core/api.js";
import { html } from "../core/html.js";
import { useLive } from "../core/live.js";
import { may, session } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { useAction } from "./action.js";
import { Panel } from "./page.js";
import { Loaded } from "./states.js";

const levels = ["trace", "debug", "information", "warning", "error", "critical"];

export function LogLevel() {
  const live = useLive("log-level", { every: 30 });
  const mayChange = may("operate", useSignal(session));
  const { isBusy, run } = useAction();
  const set = level => run(async () => {
    await call("log-level", "PUT", { level });
    await live.refresh();
  }, `From now on: ${level} and graver.`);
  return html`<${Panel} title="Log" note="Until the next start">
    <${Loaded} of=${live}>${({ level }) => html`<label class="row">Log what is at least
      <select class="short" value=${level} disabled=${!mayChange || isBusy} onchange=${e => set(e.target.value)}>${levels.map(l => html`<option key=${l} value=${l}>${l}</option>`)}</select>
    </label>`}<//>
  <//>`;
}
