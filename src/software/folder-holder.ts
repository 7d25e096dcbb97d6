import { lstatSync } from "node:fs";
import { bytesIn, nodePath, readNodeFile, withFolderOf } from "../os/files/node-path.ts";
import { textOf } from "../os/files/open-regular.ts";
import { startedAt } from "../os/processes/identity.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";
import type { ProcessWithArgv } from "./account-processes.ts";
import { PID_FILES, rootDirIn } from "./recognise.ts";

/** Larger than any pid file. */
export const MOST_PID_BYTES = 100;
/** Files that a running node keeps locked: LMDB's, and that of ant-node 0.19 and later. */
const LOCK_FILES = ["chunks.mdb/lock.mdb", "paid_list.mdb/lock.mdb", "chunks/.lock"] as const;
/** A pid file older than its process by more than this belongs to an earlier process. */
const ROUNDING_S = 2;

/**
 * Finds the node's process from its folder, for a program whose command line does not name the folder. The node can write
 * anything there, so the process must belong to its account, according to `living`, and to no other node.
 */
export function holderOf(
  folder: string,
  living: (pid: number) => ProcessWithArgv | undefined,
): LivingProcess | undefined {
  const named = PID_FILES.map((name) =>
    readNodeFile(nodePath(folder, name), (file) => ({
      pid: Number(/^\s*(\d{1,10})\s*$/.exec(bytesIn(file, MOST_PID_BYTES).toString("latin1"))?.[1] ?? 0),
      written: file.changed_at,
    })),
  );
  const candidates = [
    ...named.flatMap((file) => file ?? []),
    ...lockers(folder).map((pid) => ({ pid, written: Number.POSITIVE_INFINITY })),
  ];
  for (const { pid, written } of candidates) {
    const found = pid > 1 ? living(pid) : undefined;
    if (found === undefined) continue;
    const { argv, ...process } = found;
    if ((rootDirIn(argv) ?? folder) !== folder) continue;
    const started = startedAt(process);
    if (started === undefined || started <= written + ROUNDING_S) return process;
  }
  return undefined;
}

/** The pids that hold a lock in the folder. See proc_locks(5). */
function lockers(folder: string): readonly number[] {
  const inodes = LOCK_FILES.flatMap((name) => {
    try {
      return withFolderOf(nodePath(folder, name), ({ at }, last) => [String(lstatSync(at(last)).ino)]);
    } catch {
      return [];
    }
  });
  if (inodes.length === 0) return [];
  const table = textOf("/proc/locks", "system") ?? "";
  return table.split("\n").flatMap((line) => {
    const [, , , , pid, file] = line.trim().split(/\s+/);
    return inodes.includes(file?.split(":")[2] ?? "") ? [Number(pid)] : [];
  });
}
