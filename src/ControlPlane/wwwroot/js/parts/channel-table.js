// Mining channels as rows.
import { html } from "../core/html.js";
import { hashRate, scaled, whole } from "../core/units.js";
import { Ago } from "./ago.js";
import { rejectedPart } from "./rejections.js";
import { Empty } from "./states.js";
import { Table } from "./table.js";

const columns = [
  { title: "User identity", cell: c => html`<strong>${c.userIdentity || "(none)"}</strong>`, hint: c => `${c.kind} channel: connection ${c.connectionId}, channel ${c.channelId}, extranonce prefix ${c.extranoncePrefix}` },
  { title: "Hash rate", number: true, cell: c => hashRate(c.hashRate) },
  { title: "Difficulty", number: true, cell: c => scaled(c.difficulty) },
  { title: "Accepted", number: true, cell: c => whole(c.sharesAccepted) },
  { title: "Rejected", number: true, cell: c => rejectedPart(c.sharesAccepted, c.sharesRejected) },
  { title: "Last share", cell: c => html`<${Ago} time=${c.lastShareAt} never="none yet" />` },
  { title: "Opened", cell: c => html`<${Ago} time=${c.openedAt} />` },
  { title: "Peer", mono: true, cell: c => c.remoteAddress },
  { title: "Device", cell: c => c.device ? html`<span class="cut">${c.device}</span>` : "", hint: c => c.device },
];

export const ChannelTable = ({ channels }) => channels.length === 0
  ? html`<${Empty}>No channel is open. A miner that is switched on comes back by itself.<//>`
  : html`<${Table} name="Channels" columns=${columns} rows=${channels} keyOf=${c => `${c.instance}/${c.connectionId}/${c.channelId}`} />`;
