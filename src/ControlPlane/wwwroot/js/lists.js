// Blocks and channels.
import { table } from "./table.js";
import { ago, bitcoin, hashRate, scaled, whole } from "./units.js";

export function showBlocks(container, page, now) {
  table(container, [
    { title: "Height", number: true, text: b => whole(b.height) },
    { title: "Found", text: b => ago(b.time, now), hint: b => new Date(b.time).toLocaleString() },
    { title: "State", text: b => b.reason ? `${b.state}: ${b.reason}` : b.state },
    { title: "Coinbase", number: true, text: b => bitcoin(b.coinbaseValueSats) },
    { title: "Transactions", number: true, text: b => b.transactionCount == null ? "" : whole(b.transactionCount) },
    { title: "Finder", text: b => b.worker ?? b.finder ?? "" },
    { title: "Hash", mono: true, text: b => `${b.hash.slice(0, 10)}…${b.hash.slice(-14)}`, hint: b => b.hash },
  ], page.items, b => b.hash, "No block yet. The first one comes within a minute of mining; if none does, look at the roles above.");
}

export function showChannels(container, page, now) {
  table(container, [
    { title: "User", text: c => c.userIdentity || "(none)" },
    { title: "Role", text: c => `${c.instance}, ${c.isDownstream ? "from a miner" : "to a pool"}` },
    { title: "Channel", text: c => `${c.connectionId}/${c.channelId} ${c.kind}` },
    { title: "Hash rate", number: true, text: c => hashRate(c.hashRate) },
    { title: "Difficulty", number: true, text: c => scaled(c.difficulty) },
    { title: "Accepted", number: true, text: c => whole(c.sharesAccepted) },
    { title: "Rejected", number: true, text: c => whole(c.sharesRejected) },
    { title: "Last share", text: c => c.lastShareAt ? ago(c.lastShareAt, now) : "none yet" },
    { title: "Peer", mono: true, text: c => c.remoteAddress, hint: c => c.device },
  ], page.items, c => `${c.instance}/${c.connectionId}/${c.channelId}`, "No channel is open. Point a miner at the connection string above.");
}
