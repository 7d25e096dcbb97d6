import type { Node, NodeId } from "../model/node.ts";
import { SOFTWARE } from "../software/generations.ts";

/** The fields that decide when a node's records are counted. */
export type Counted = Pick<
  Node,
  "id" | "software" | "records" | "counted_at" | "partial_count" | "silent_since"
>;

/** Reading a folder costs as much as this many of its names (measured: 43 µs, and 0.6 µs per name). */
const NAMES_PER_FOLDER = 70;
/** Minimum number of folders to count per turn, even for the largest node. */
const LEAST = 8;

/**
 * Folders that a run may read, which takes a few milliseconds. Each node is fully counted about every one or two hours; in
 * between, its log says how many chunks it holds.
 */
const mostFolders = (nodes: number): number => (nodes <= 4 ? 512 : nodes <= 8 ? 256 : 32 + 2 * nodes);

/** How many folders to count for each node: first counts in progress, then those waiting longest, up to the limit. Pure. */
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
