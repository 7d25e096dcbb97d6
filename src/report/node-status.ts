import type { Node, Seconds } from "../model/node.ts";

/** Widths of the table's columns; the last is right-aligned. As Python wnm prints it. */
const WIDTHS = [20, 55, 15] as const;
const LAST_WIDTH = 15;

const line = (cells: readonly [string, string, string], last: string): string =>
  cells.map((cell, i) => `${cell} `.padEnd(WIDTHS[i] ?? 0)).join("") + last.padStart(LAST_WIDTH);

/** One line a node: name, peer id, status, peers. */
export function nodeStatusText(nodes: readonly Node[], now: Seconds): string {
  if (nodes.length === 0) return "No nodes found.\n";
  const head = line(["Service Name", "Peer ID", "Status"], "Connected Peers");
  const rows = nodes.map((node) =>
    line([node.service, node.peer_id ?? "-", node.status], peersOf(node, now)),
  );
  return `${[head, ...rows].join("\n")}\n`;
}

/** A count that the node wrote down earlier is shown with its age. */
export function peersOf({ connected_peers, peers_at }: Node, now: Seconds): string {
  if (connected_peers === undefined) return "-";
  return peers_at === undefined ? String(connected_peers) : `${connected_peers} (${age(now - peers_at)} ago)`;
}

const age = (seconds: Seconds): string =>
  seconds < 3600 ? `${Math.max(0, Math.floor(seconds / 60))} min` : `${Math.floor(seconds / 3600)} h`;

/** One object for one node, a list for several, as Python wnm gives it. */
export function nodeStatusJson(nodes: readonly Node[]): unknown {
  const rows = nodes.map((node) => ({
    service_name: node.service,
    peer_id: node.peer_id ?? "-",
    status: node.status,
    connected_peers: node.connected_peers ?? null,
    ...(node.peers_at === undefined ? {} : { connected_peers_at: node.peers_at }),
  }));
  if (rows.length === 0) return { error: "No nodes found" };
  return rows.length === 1 ? rows[0] : rows;
}
