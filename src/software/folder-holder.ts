import { lstatSync } from "node:fs";
import { bytesIn, nodePath, readNodeFile, withFolderOf } from "../os/files/node-path.ts";
import { textOf } from "../os/files/open-regular.ts";
import { startedAt } from "../os/processes/identity.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";
import type { ProcessWithArgv } from "./account-processes.ts";
import { PID_FILES, rootDirIn } from "./recognise.ts";

/** More than any pid file holds. */
export const MOST_PID_BYTES = 100;
/** Files that a living node keeps locked: LMDB's own, and that of ant-node 0.19 and later. */
const LOCK_FILES = ["chunks.mdb/lock.mdb", "paid_list.mdb/lock.mdb", "chunks/.lock"] as const;
/** A pid file that is older than its process by more than this is that of an earlier one. */
const ROUNDING_S = 2;

/**
 * The process that the folder itself names, for a program whose command line does not. The node may write there what it
 * likes, so the process has to be its account's, as `living` gives it, and of no other node.
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

/** Pids of the processes that hold a lock in the folder. proc_locks(5). */
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
