// How a role that serves miners has done.
import { withQuery } from "../core/api.js";
import { html, useState } from "../core/html.js";
import { scaled } from "../core/units.js";
import { Panel } from "./page.js";
import { RangeChoice, Series } from "./series.js";

const time = seconds => seconds < 1 ? `${scaled(seconds * 1000)}\u00a0ms` : `${scaled(seconds)}\u00a0s`;

export function RoleCharts({ name }) {
  const [range, setRange] = useState("1h");
  return html`<div class="columns">
    <${Panel} title="Hash rate" more=${html`<${RangeChoice} value=${range} onChange=${setRange} name="charts" />`}>
      <${Series} path=${withQuery("series/hashRate", { instance: name })} range=${range} name="Hash rate over time" height=${180} />
    <//>
    <${Panel} title="On disk after" note="From a share's acceptance; all pools here">
      <${Series} path="series/commitWait" range=${range} name="Time until shares are on disk" unit=${time} height=${180} />
    <//>
  </div>`;
}
