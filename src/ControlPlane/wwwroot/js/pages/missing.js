import { html } from "../core/html.js";
import { Page } from "../parts/page.js";
import { Empty } from "../parts/states.js";

export const Missing = () => html`<${Page} title="No such page">
  <${Empty}>Nothing is at this address. <a href="#/">Go to the overview</a>.<//>
<//>`;
