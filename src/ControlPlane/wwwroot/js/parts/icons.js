// Icons, drawn as lines of the text's color.
import { html } from "../core/html.js";

const paths = {
  overview: "M3 12h4l3-8 4 16 3-8h4",
  miners: "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01",
  blocks: "m12 3 8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12 4 7.5",
  templates: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h7",
  declarations: "M4 7h10M4 12h7M4 17h6M14 16l3 3 5-6",
  roles: "M12 3v4M5 21v-4h14v4M12 7v10M8 3h8",
  upstreams: "M7 17 17 7M9 7h8v8",
  keys: "M14.5 9.5a4.5 4.5 0 1 0-3.2 4.3L13 15.5h2v2h2v2h3v-3z",
  inspector: "M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zM15.5 15.5 21 21",
  events: "M5 6h14M5 12h14M5 18h9",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  menu: "M4 6h16M4 12h16M4 18h16",
};

export const Icon = ({ name }) => html`<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${paths[name]} /></svg>`;
