// Signing in with a token. The link that the program prints does it without.
import { html, useState } from "../core/html.js";
import { signIn } from "../core/session.js";

export function SignIn({ used }) {
  const [error, setError] = useState(null);
  const [isBusy, busy] = useState(false);
  const submit = async event => {
    event.preventDefault();
    busy(true);
    try {
      await signIn(event.target.elements.token.value.trim());
    } catch (problem) {
      setError(problem);
      busy(false);
    }
  };
  return html`<section class="panel sign-in" aria-label="Sign in">
    <h2>With the link, or with a token</h2>
    ${used && html`<p class="notice warn" role="status">This link was used before, or its time is over. <code>sv2 link</code> prints a new one.</p>`}
    <p>The link that <code>sv2</code> printed when it started signs this browser in. <code>sv2 link</code> prints a new one. Or paste a token:</p>
    <form onsubmit=${submit}>
      <label>Token <input name="token" type="password" autocomplete="current-password" placeholder="sv2_…" required aria-invalid=${error ? "true" : undefined} /></label>
      ${error && html`<p class="bad" role="alert">${error.message}</p>`}
      <button class="primary" disabled=${isBusy}>Sign in</button>
    </form>
  </section>`;
}
