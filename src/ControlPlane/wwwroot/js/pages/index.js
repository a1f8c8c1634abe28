// Every page, where it is and what it takes to see it.
import { Account } from "./account.js";
import { Blocks } from "./blocks.js";
import { Declarations } from "./declarations.js";
import { Events } from "./events.js";
import { Inspector } from "./inspector.js";
import { Job } from "./job.js";
import { Keys } from "./keys.js";
import { Miner } from "./miner.js";
import { Miners } from "./miners.js";
import { Missing } from "./missing.js";
import { NewRole } from "./new-role.js";
import { Overview } from "./overview.js";
import { Role } from "./role.js";
import { Roles } from "./roles.js";
import { Template } from "./template.js";
import { Templates } from "./templates.js";
import { Upstreams } from "./upstreams.js";

const pages = [
  { path: [], page: Overview, scope: "none" },
  { path: ["miners"], page: Miners },
  { path: ["miners", null], page: Miner },
  { path: ["blocks"], page: Blocks, scope: "none" },
  { path: ["templates"], page: Templates },
  { path: ["templates", null, null], page: Template },
  { path: ["jobs", null, null], page: Job },
  { path: ["declarations"], page: Declarations },
  { path: ["roles"], page: Roles },
  { path: ["roles", "new"], page: NewRole },
  { path: ["roles", null], page: Role },
  { path: ["upstreams"], page: Upstreams },
  { path: ["keys"], page: Keys },
  { path: ["inspector"], page: Inspector },
  { path: ["events"], page: Events },
  { path: ["access"], page: Account, scope: "none" },
];

/** The page of a route: null in a path stands for anything. */
export function pageOf(parts) {
  const fits = ({ path }) => path.length === parts.length && path.every((part, i) => part === null || part === parts[i]);
  return pages.find(fits) ?? { page: Missing, scope: "none" };
}

/** What the navigation shows. */
export const sections = [
  { title: null, links: [{ path: [], icon: "overview", title: "Overview" }] },
  {
    title: "Mining",
    links: [
      { path: ["miners"], icon: "miners", title: "Miners", count: rates => rates?.workersOnline },
      { path: ["blocks"], icon: "blocks", title: "Blocks", count: rates => rates?.blocks },
      { path: ["templates"], icon: "templates", title: "Templates" },
      { path: ["declarations"], icon: "declarations", title: "Declarations" },
    ],
  },
  {
    title: "Stack",
    links: [
      { path: ["roles"], icon: "roles", title: "Roles", count: rates => rates?.instances?.length },
      { path: ["upstreams"], icon: "upstreams", title: "Upstreams" },
      { path: ["keys"], icon: "keys", title: "Keys" },
    ],
  },
  {
    title: "Tools",
    links: [
      { path: ["inspector"], icon: "inspector", title: "Frame inspector" },
      { path: ["events"], icon: "events", title: "Events" },
      { path: ["access"], icon: "settings", title: "Access" },
    ],
  },
];
