// The frame of the pages: who we are, where we are, and whether what is shown is true.
import { html, render, useEffect } from "./core/html.js";
import { useLive } from "./core/live.js";
import { route } from "./core/route.js";
import { knowMyself, may, session } from "./core/session.js";
import { useSignal } from "./core/signal.js";
import { follow, streaming } from "./core/stream.js";
import { toastText } from "./core/toast.js";
import "./core/theme.js";
import { pageOf } from "./pages/index.js";
import { Navigation } from "./parts/navigation.js";
import { Page } from "./parts/page.js";
import { Pill } from "./parts/pill.js";
import { SignIn } from "./parts/sign-in.js";

const wasUsed = new URLSearchParams(location.search).get("signin") === "failed";
const verdicts = { healthy: "All is well", degraded: "Something is missing", unhealthy: "Something is broken" };

/** The stack in a word: what the roles say, and whether something else is amiss. */
function Health({ health, alarms }) {
  if (health !== "healthy" || alarms === 0) return html`<${Pill} state=${health} text=${verdicts[health]} />`;
  return html`<${Pill} state="degraded" text=${alarms === 1 ? "One warning" : `${alarms} warnings`} />`;
}

function Connection({ overview }) {
  const flows = useSignal(streaming);
  if (overview.error?.status === undefined && overview.error) return html`<p class="notice" role="alert">${overview.error.message} This page tries again by itself.</p>`;
  return flows === false && html`<p class="notice warn" role="status">The event stream is interrupted. This page tries again by itself.</p>`;
}

function Toast() {
  const text = useSignal(toastText);
  return html`<p class=${text ? "toast shown" : "toast"} role="status" aria-live="polite">${text}</p>`;
}

function Body({ who }) {
  const { parts } = useSignal(route);
  const { page: Shown, scope = "read" } = pageOf(parts);
  useEffect(() => scrollTo(0, 0), [parts.join("/")]);
  const seesFigures = who.anonymous !== "none" || may("read", who);
  const isAllowed = may(scope, who) && (scope !== "none" || seesFigures || parts[0] === "access");
  const used = wasUsed && !may("read", who) && html`<p class="notice warn" role="status">This link was used before, or its time is over. <code>sv2 link</code> prints a new one.</p>`;
  return isAllowed ? html`${used}<${Shown} key=${parts.join("/")} parts=${parts} />` : html`<${Page} title="Sign in"><${SignIn} used=${wasUsed} /><//>`;
}

function App() {
  const who = useSignal(session);
  useEffect(() => {
    const ask = () => knowMyself().catch(() => {});
    ask();
    const timer = setInterval(ask, 60000);
    addEventListener("online", ask);
    return () => clearInterval(timer);
  }, []);
  const sees = who && (who.anonymous !== "none" || may("read", who));
  const overview = useLive(sees ? "overview" : null, { on: ["role-state", "alarm", "block"] });
  const alarms = useLive(sees ? "alarms" : null, { on: ["alarm"] });
  const health = overview.data && html`<${Health} health=${overview.data.health} alarms=${alarms.data?.length ?? 0} />`;
  return html`
    <a class="skip" href="#main" onclick=${e => { e.preventDefault(); document.querySelector("main h1, main")?.focus(); }}>Skip to content</a>
    <div class="frame">
      <${Navigation} version=${overview.data?.version} health=${health} />
      <main id="main" tabindex="-1">
        <${Connection} overview=${overview} />
        ${who ? html`<${Body} who=${who} />` : html`<${Starting} />`}
      </main>
    </div>
    <${Toast} />`;
}

/** Until the server has said who we are. */
function Starting() {
  useEffect(() => {
    const timer = setInterval(() => session.value ?? knowMyself().catch(() => {}), 2000);
    return () => clearInterval(timer);
  }, []);
  return html`<p class="loading" role="status">Connecting to sv2…</p>`;
}

if (wasUsed) history.replaceState(null, "", location.pathname + location.hash);
render(html`<${App} />`, document.getElementById("app"));
follow();
