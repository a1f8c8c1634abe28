// Authority keys: what miners check a pool by.
import { call } from "../core/api.js";
import { html, useState } from "../core/html.js";
import { useLive } from "../core/live.js";
import { link } from "../core/route.js";
import { Act, Confirm, useAction } from "../parts/action.js";
import { Ago, Until } from "../parts/ago.js";
import { Connection } from "../parts/connection.js";
import { Page, Panel } from "../parts/page.js";
import { Pill } from "../parts/pill.js";
import { Empty, Loaded } from "../parts/states.js";
import { Facts } from "../parts/tile.js";

const instances = list => list.map((name, i) => html`${i > 0 && ", "}<a key=${name} href=${link("roles", name)}>${name}</a>`);

/** The keys as people think of them: one for each role, with the key of its encryption beside the one that vouches for it. */
function joined(keys) {
  const beside = kind => key => keys.find(k => k.kind === kind && k.instance !== null && k.instance === key.instance);
  return keys.filter(k => k.kind === "authority").map(k => ({ ...k, static: beside("static")(k)?.publicKey }));
}

function Key({ of: key, refresh }) {
  const [updates, setUpdates] = useState(true);
  const rotate = async () => {
    const done = await call(`roles/${encodeURIComponent(key.instance)}/keys/rotate`, "POST", { updateClients: updates });
    await refresh();
    return done;
  };
  const text = html`The role restarts with a new key, and the old one is kept beside it. Miners elsewhere must be given the new connection string: with the old one they refuse to connect.
    <label class="row"><input type="checkbox" checked=${updates} onchange=${e => setUpdates(e.target.checked)} /> Give the new key to the roles here that connect to it</label>`;
  return html`<article class="panel key" aria-label=${`Key of ${key.instance ?? key.name}`} data-key=${key.publicKey}>
    <header><h2>${key.instance ? html`<a href=${link("roles", key.instance)}>${key.instance}</a>` : key.name}</h2><${Pill} state=${key.instance ? "running" : ""} text=${key.instance ? "in use" : "not in use"} />
      ${key.instance && html`<span class="more"><${Confirm} className="small" title=${`Rotate the key of ${key.instance}?`} verb="Rotate" text=${text} work=${rotate} done=${`${key.instance} has a new key.`}>Rotate<//></span>`}
    </header>
    <div class="stack">
      ${key.connectionStrings.map(text => html`<${Connection} key=${text} text=${text} name=${key.instance ?? key.name} />`)}
      <${Facts} of=${[
        ["Public key", html`<code>${key.publicKey}</code>`],
        ["Encryption key", key.static && html`<code>${key.static}</code>`],
        ["File", html`<code>${key.file}</code>`],
        ["Made", key.createdAt && html`<${Ago} time=${key.createdAt} />`],
        ["Certificate", key.certificate && html`valid since <${Ago} time=${key.certificate.validFrom} />, ends <${Until} time=${key.certificate.notValidAfter} />, renewed before that`],
        ["Used by", key.usedBy?.length > 0 ? instances(key.usedBy) : null],
      ]} />
    </div>
  </article>`;
}

function NewKey({ refresh }) {
  const [name, setName] = useState("");
  const create = async () => {
    const key = await call("keys", "POST", { name });
    await refresh();
    setName("");
    return key;
  };
  return html`<${Panel} title="Make a key" note="It waits in the data folder until a role names its file as authorityKeyFile">
    <form class="row" onsubmit=${e => e.preventDefault()}>
      <input class="short" aria-label="Name of the key" placeholder="backup-key" autocomplete="off" value=${name} oninput=${e => setName(e.target.value)} />
      <${Act} scope="admin" disabled=${name.trim() === ""} work=${create} done=${key => `${key.name} is made.`}>Make it<//>
    </form>
  <//>`;
}

function Inspect() {
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const { isBusy, error, run } = useAction();
  const look = async event => {
    event.preventDefault();
    setFound(await run(() => call("keys/inspect", "POST", { text: text.trim() })));
  };
  return html`<${Panel} title="Look into a connection string" note="Whose key is it, and is it whole?">
    <form class="row" onsubmit=${look}>
      <input class="long mono" aria-label="Connection string or key" placeholder="stratum2+tcp://host:port/key" autocomplete="off" spellcheck="false" value=${text} aria-invalid=${error ? "true" : undefined} oninput=${e => setText(e.target.value)} />
      <button disabled=${isBusy || text.trim() === ""}>Look</button>
    </form>
    ${error && html`<p class="bad" role="alert">${error.message}</p>`}
    ${found && html`<${Facts} of=${[
      ["Belongs to", found.instance ? instances([found.instance]) : "nobody here"], ["Host", found.host], ["Port", found.port],
      ["Key", html`<code>${found.publicKey}</code>`], ["In hex", html`<code>${found.publicKeyHex}</code>`],
    ]} />`}
  <//>`;
}

export function Keys() {
  const live = useLive("keys", { on: ["role-state", "role-definition"], every: 15 });
  return html`<${Page} title="Keys" intro="A connection string ends in the public key of who listens. A miner that has it knows that it speaks to this pool and to nobody in between.">
    <${Loaded} of=${live}>${keys => keys.length === 0
      ? html`<${Empty}>No key yet. A role that listens makes its own at its first start: <a href=${link("roles", "new")}>add a role</a>.<//>`
      : html`<div class="stack">${joined(keys).map(key => html`<${Key} key=${`${key.instance}/${key.file}`} of=${key} refresh=${live.refresh} />`)}</div>`}<//>
    <div class="columns"><${NewKey} refresh=${live.refresh} /><${Inspect} /></div>
  <//>`;
}
