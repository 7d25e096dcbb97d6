import { disksOf, nodesOnDisk } from "../decide/disks.ts";
import { diskPressure, isSteady } from "../decide/pressure.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { NodeId } from "../model/node.ts";
import { isUnknown, namesAt, statAt } from "../os/files/presence.ts";

/** The time limit for measuring folders; results up to then are used. */
const LOOK_MS = 2_000;
/** lstat(2) counts blocks of this size, whatever the file system's block size. */
const BLOCK = 512;

/** The input for which disks are too full and which nodes are on them. */
type Seen = Pick<Snapshot, "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes">;

/**
 * Bytes per node on disks that are too full, as far as they can be measured in time; other disks are not searched. A
 * node's own figure is used if it reports one.
 */
export function diskUse(s: Seen): ReadonlyMap<NodeId, number> {
  const found = new Map<NodeId, number>();
  if (!isSteady(s)) return found;
  const end = performance.now() + LOOK_MS;
  for (const view of disksOf(s).filter(diskPressure))
    for (const { id, data_bytes, root_dir } of nodesOnDisk(view))
      found.set(id, data_bytes ?? bytesBelow(root_dir, end));
  return found;
}

/** Disk usage of a path and everything below, without following links. Unreadable parts count as 0. */
function bytesBelow(top: string, end: number): number {
  let bytes = 0;
  const waiting = [top];
  for (let path = waiting.pop(); path !== undefined && performance.now() < end; path = waiting.pop()) {
    const looked = statAt(path);
    if (looked === "absent" || isUnknown(looked)) continue;
    bytes += looked.found.blocks * BLOCK;
    const names = looked.found.isDirectory() ? namesAt(path) : "absent";
    if (names === "absent" || isUnknown(names)) continue;
    for (const name of names.found) waiting.push(`${path}/${name}`);
  }
  return bytes;
}
