// Buttons that ask the server for something: busy until it is done, and a word when it is not possible.
import { html, useEffect, useRef, useState } from "../core/html.js";
import { may, session } from "../core/session.js";
import { useSignal } from "../core/signal.js";
import { toast } from "../core/toast.js";

/** { isBusy, error, run }: run(work, done) does work once at a time and says `done` when it succeeded. */
export function useAction() {
  const [isBusy, busy] = useState(false);
  const [error, setError] = useState(null);
  const run = async (work, done) => {
    busy(true);
    setError(null);
    try {
      const result = await work();
      if (done) toast(typeof done === "function" ? done(result) : done);
      return result;
    } catch (problem) {
      setError(problem);
      toast(problem.message);
      return undefined;
    } finally {
      busy(false);
    }
  };
  return { isBusy, error, run };
}

/** A button for who may press it; others see why they may not. */
export function Act({ scope = "operate", disabled, work, done, label, children, ...rest }) {
  const who = useSignal(session);
  const { isBusy, run } = useAction();
  const isAllowed = may(scope, who);
  return html`<button type="button" ...${rest} aria-label=${label} disabled=${disabled || isBusy || !isAllowed}
    title=${isAllowed ? undefined : `This needs the scope "${scope}".`} aria-busy=${isBusy ? "true" : undefined} onclick=${() => run(work, done)}>${children}</button>`;
}

/** A button that asks once more before it does what cannot be undone. */
export function Confirm({ title, text, verb, scope = "admin", work, done, children, className = "danger", disabled }) {
  const dialog = useRef();
  const who = useSignal(session);
  const { isBusy, run } = useAction();
  const [isOpen, open] = useState(false);
  useEffect(() => {
    if (isOpen && !dialog.current.open) dialog.current.showModal();
  }, [isOpen]);
  const go = async () => {
    await run(work, done);
    dialog.current?.close();
  };
  return html`
    <button type="button" class=${className} disabled=${disabled || !may(scope, who)} title=${may(scope, who) ? undefined : `This needs the scope "${scope}".`} onclick=${() => open(true)}>${children}</button>
    ${isOpen && html`<dialog ref=${dialog} aria-label=${title} onclose=${() => open(false)}>
      <div class="stack">
        <h2>${title}</h2>
        <p>${text}</p>
        <div class="row">
          <button type="button" class="primary" disabled=${isBusy} onclick=${go}>${verb}</button>
          <button type="button" disabled=${isBusy} onclick=${() => dialog.current.close()}>Cancel</button>
        </div>
      </div>
    </dialog>`}`;
}
