import { closeSync, openSync } from "node:fs";
import { READ_FLAGS, textOf } from "../../os/files/open-regular.ts";
import { absentOr } from "../../os/files/presence.ts";
import { kernelLock } from "../../os/lock/flock.ts";
import { argvOf, listProcesses } from "../../os/processes/identity.ts";
import { isAntDaemon, managing, STOP_ANT_DAEMON } from "../contract/other-managers.ts";

/** Lock files that the daemon holds while it changes its registry (ant-core 0.14.0, node/registry.rs). */
const LOCKS = ["node_registry.lock", ".lock"];

/** A sentence on what is managing or changing the nodes of the data folder, and how to stop it; undefined: nothing is. */
export function whyManagedElsewhere(folder: string): string | undefined {
  const pid = daemonOf(folder);
  if (pid !== undefined) return managing(pid, argvOf(pid) ?? []);
  const locked = LOCKS.map((name) => `${folder}/${name}`).find(isLocked);
  return locked === undefined
    ? undefined
    : `Something is changing the registry of the ant node daemon (${locked} is locked, or cannot be opened); ${STOP_ANT_DAEMON}`;
}

/** The pid of the running daemon: from its pid file if that process is one, else of any daemon of this account. */
function daemonOf(folder: string): number | undefined {
  const noted = Number(textOf(`${folder}/daemon.pid`, "settings")?.trim());
  if (Number.isInteger(noted) && noted > 1 && isAntDaemon(argvOf(noted) ?? [])) return noted;
  return listProcesses()?.find(({ argv }) => isAntDaemon(argv))?.pid;
}

/** True when another process holds the lock, or may hold it: only a missing file is certainly unlocked. */
function isLocked(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, READ_FLAGS);
  } catch (error) {
    return absentOr(error) !== "absent";
  }
  try {
    return !kernelLock()(fd, path);
  } catch {
    // On a file system without locking, the daemon cannot hold a lock either.
    return false;
  } finally {
    closeSync(fd);
  }
}
