import type { Node } from "../model/node.ts";
import type { Snapshot } from "./snapshot.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** An ant-node's list of paid records may grow to this beside its chunks (ant-node 0.14.2, replication/paid_list.rs). */
const PAID_LIST_BYTES = 256 * MIB;
/** What an ant-node leaves free of itself. */
const LEAST_RESERVE_MB = 500;

/** What rations are made from. */
export type Larder = Pick<Snapshot, "config" | "metrics" | "nodes">;

/** Bytes that a node was promised at its start; undefined for one that is not rationed. */
export const promisedBytes = (node: Node): number | undefined =>
  node.db_size_gb === undefined ? undefined : node.db_size_gb * GIB + PAID_LIST_BYTES;

/** Bytes of its promise that the node has not taken yet; undefined while either is unknown. */
export function leftBytes(node: Node): number | undefined {
  const promised = promisedBytes(node);
  return promised === undefined || node.data_bytes === undefined
    ? undefined
    : Math.max(0, promised - node.data_bytes);
}

/** Bytes that nodes were promised and have not taken yet. */
export const outstandingBytes = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, node) => sum + Math.max(0, (promisedBytes(node) ?? 0) - (node.data_bytes ?? 0)), 0);

/** Bytes by which the disk may still fill before it reaches hd_remove; undefined: not measured. */
export function roomBelowRemove({ config, metrics }: Omit<Larder, "nodes">): number | undefined {
  const usable = usableBytes(metrics);
  if (usable === undefined || metrics.free_hd_bytes === undefined) return undefined;
  return Math.max(0, (usable * config.hd_remove) / 100 - (usable - metrics.free_hd_bytes));
}

/** What df(1) counts as used and available together: free bytes are the share that is not in use. */
function usableBytes({ free_hd_bytes, used_hd_percent }: Larder["metrics"]): number | undefined {
  if (free_hd_bytes === undefined || used_hd_percent === undefined) return undefined;
  return used_hd_percent >= 100 ? undefined : (free_hd_bytes * 100) / (100 - used_hd_percent);
}

/**
 * How much of the disk the node is promised at this start. Every place up to node_cap has an equal share of what the
 * disk can take below hd_remove, so nodes that come later find room; no node gets less than it holds or more than is
 * not promised to others. Only the reserve binds a node for ever: one whose map is full takes more while more than the
 * reserve is free (ant-node 0.14.2, storage/lmdb.rs, try_resize), so the reserve is what hd_remove leaves free.
 */
export function rationOf(
  node: Node,
  s: Larder,
): { readonly db_size_gb: number; readonly disk_reserve_mb: number } {
  const held = Math.ceil((node.data_bytes ?? 0) / GIB);
  const usable = usableBytes(s.metrics);
  const room = roomBelowRemove(s);
  if (usable === undefined || room === undefined) {
    return { db_size_gb: Math.max(1, held, node.db_size_gb ?? 0), disk_reserve_mb: LEAST_RESERVE_MB };
  }
  const rationed = [...s.nodes.filter((other) => other.id !== node.id), node];
  const held_by_all = rationed.reduce((sum, each) => sum + (each.data_bytes ?? 0), 0);
  const share = (room + held_by_all) / Math.max(s.config.node_cap, rationed.length);
  const unpromised = room + (node.data_bytes ?? 0) - outstandingBytes(rationed.slice(0, -1));
  const gigabytes = Math.floor((Math.min(share, unpromised) - PAID_LIST_BYTES) / GIB);
  const reserve = (usable * (100 - s.config.hd_remove)) / 100 / MIB;
  return {
    db_size_gb: Math.max(1, held, gigabytes),
    disk_reserve_mb: Math.max(LEAST_RESERVE_MB, Math.floor(reserve)),
  };
}

/** Why no rationed node may be added: the smallest ration does not fit below hd_remove beside what is promised. */
export function noRation(s: Larder): string | undefined {
  const room = roomBelowRemove(s);
  if (room === undefined) return "the disk could not be measured";
  const left = Math.floor(room - outstandingBytes(s.nodes));
  const least = GIB + PAID_LIST_BYTES;
  return left >= least
    ? undefined
    : `${Math.max(0, left)} bytes of the disk below hd_remove ${s.config.hd_remove} % are promised to no node; a new one needs ${least}`;
}
