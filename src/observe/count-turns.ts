import type { Node, NodeId } from "../model/node.ts";
import { SOFTWARE } from "../software/generations.ts";

/** What decides when a node's records are counted. */
export type Counted = Pick<
  Node,
  "id" | "software" | "records" | "counted_at" | "partial_count" | "silent_since"
>;

/** A folder costs as much as this many names in it (measured: 43 µs, and 0.6 µs a name). */
const NAMES_PER_FOLDER = 70;
/** Folders that even the largest node may have counted in its turn. */
const LEAST = 8;

/** Folders that a run may read, in few milliseconds. Each node has its turn about every hour or two. */
const mostFolders = (nodes: number): number => (nodes <= 4 ? 512 : nodes <= 8 ? 256 : 32 + 2 * nodes);

/** How many folders each node has counted in this run: an open count goes on first, then who has waited longest. Pure. */
export function countTurns(nodes: readonly Counted[]): ReadonlyMap<NodeId, number> {
  const counted = nodes.filter(
    ({ software, silent_since }) => SOFTWARE[software].record_folders > 0 && silent_since === undefined,
  );
  const turns = new Map<NodeId, number>();
  let left = mostFolders(counted.length);
  for (const { id, records, software } of counted.toSorted(byTurn)) {
    const { record_folders } = SOFTWARE[software];
    const cost = 1 + (records ?? 0) / record_folders / NAMES_PER_FOLDER;
    const folders = Math.max(Math.floor(left / cost), turns.size === 0 ? LEAST : 0);
    if (folders === 0) break;
    turns.set(id, Math.min(folders, record_folders));
    left -= Math.min(folders, record_folders) * cost;
  }
  return turns;
}

const byTurn = (a: Counted, b: Counted): number =>
  Number(b.partial_count !== undefined) - Number(a.partial_count !== undefined) ||
  (a.counted_at ?? 0) - (b.counted_at ?? 0);
