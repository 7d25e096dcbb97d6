import { disksOf, nodesOnDisk } from "../decide/disks.ts";
import { diskPressure, isSteady } from "../decide/pressure.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { NodeId } from "../model/node.ts";
import { isUnknown, namesAt, statAt } from "../os/files/presence.ts";

/** A look at folders ends after this long, with what was found by then. */
const LOOK_MS = 2_000;
/** Stats count blocks of this size, whatever the file system's are; lstat(2). */
const BLOCK = 512;

/** What decides which disks are too full, and which nodes lie on them. */
type Seen = Pick<Snapshot, "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes">;

/**
 * Bytes that each node holds on a disk that is too full, as far as they are found in time; nothing is looked for on any
 * other disk. The figure that a node reports itself is used.
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

/** Bytes of disk that are at and below the path, links not followed. What cannot be read counts as 0. */
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
