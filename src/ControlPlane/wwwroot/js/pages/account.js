// Who may do what here: this session, tokens, other sessions, the audit log, and how much is logged.
import { html } from "../core/html.js";
import { may, session, signOut } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { Act } from "../parts/action.js";
import { Audit } from "../parts/audit.js";
import { LogLevel } from "../parts/log-level.js";
import { Page, Panel } from "../parts/page.js";
import { Sessions } from "../parts/sessions.js";
import { SignIn } from "../parts/sign-in.js";
import { Tokens } from "../parts/tokens.js";
import { Until } from "../parts/ago.js";
import { Facts } from "../parts/tile.js";

const scopes = {
  none: "to see the figures only",
  read: "to see everything",
  operate: "to see everything, and to start, stop, restart and drain roles",
  admin: "to see and change everything",
};

export function Account() {
  const who = useSignal(session);
  return html`<${Page} title="Access">
    <div class="columns">
      ${who.via !== "anonymous" && html`<${Panel} title="You">
        <div class="stack">
          <${Facts} of=${[["Signed in as", html`<strong>${who.name}</strong>`], ["May", scopes[who.scope]], ["Until", who.expiresAt && html`<${Until} time=${who.expiresAt} />`]]} />
          ${who.via === "session" && html`<div class="row"><${Act} scope="none" work=${signOut}>Sign out<//></div>`}
        </div>
      <//>`}
      ${who.via === "anonymous" && html`<${SignIn} />`}
      ${may("read", who) && html`<${LogLevel} />`}
    </div>
    ${may("admin", who) && html`<${Tokens} /><${Sessions} /><${Audit} />`}
  <//>`;
}
