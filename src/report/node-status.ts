import type { Node, Seconds } from "../model/node.ts";
import { type AsOf, ageLine, isOld, shownStatus, withoutOldReadings } from "./as-of.ts";

/** Widths of the table's columns; the last is right-aligned. As Python wnm prints it. */
const WIDTHS = [20, 55, 15] as const;
const LAST_WIDTH = 15;

/** One line per node: name, peer id, status, peers; then the time of the survey if it is old. */
export function nodeStatusText(nodes: readonly Node[], asOf: AsOf): string {
  if (nodes.length === 0) return "No nodes found.\n";
  const rows = nodes.map((node) => [
    ...[node.service, node.peer_id ?? "-", shownStatus(node, asOf.now), peersOf(node, asOf.now)],
  ]);
  const width = (i: number): number =>
    Math.max(WIDTHS[i] ?? 0, ...rows.map((cells) => Bun.stringWidth(cells[i] ?? "") + 1));
  const widths = WIDTHS.map((_, i) => width(i));
  const lines = [["Service Name", "Peer ID", "Status", "Connected Peers"], ...rows].map((cells) => {
    const [last = ""] = cells.slice(-1);
    const left = widths.map((wide, i) => padded(`${cells[i] ?? ""} `, wide)).join("");
    return left + last.padStart(LAST_WIDTH);
  });
  const age = ageLine(asOf);
  return `${[...lines, ...(age === undefined ? [] : [age])].join("\n")}\n`;
}

/** The text padded with blanks to this many columns of a terminal. */
const padded = (text: string, wide: number): string =>
  text + " ".repeat(Math.max(0, wide - Bun.stringWidth(text)));

/** The peer count; one that the node recorded before the last survey is shown with its age. */
export function peersOf(node: Node, now: Seconds): string {
  const { connected_peers, peers_at } = withoutOldReadings(node);
  if (connected_peers === undefined) return "-";
  return peers_at === undefined ? String(connected_peers) : `${connected_peers} (${age(now - peers_at)} ago)`;
}

/** "5 min" or "3 h". */
export const age = (seconds: Seconds): string =>
  seconds < 3600 ? `${Math.max(0, Math.floor(seconds / 60))} min` : `${Math.floor(seconds / 3600)} h`;

/** One object for one node, a list for several, as in Python wnm. */
export function nodeStatusJson(nodes: readonly Node[], asOf: AsOf): unknown {
  const rows = nodes.map((node) => ({
    service_name: node.service,
    peer_id: node.peer_id ?? "-",
    status: node.status,
    connected_peers: withoutOldReadings(node).connected_peers ?? null,
    ...(node.peers_at === undefined ? {} : { connected_peers_at: node.peers_at }),
    ...(node.stopping_since === undefined ? {} : { stopping_since: node.stopping_since }),
    ...(node.silent_since === undefined ? {} : { silent_since: node.silent_since }),
    ...(isOld(asOf) && asOf.surveyed_at !== undefined ? { as_of: asOf.surveyed_at } : {}),
  }));
  if (rows.length === 0) return { error: "No nodes found" };
  return rows.length === 1 ? rows[0] : rows;
}
