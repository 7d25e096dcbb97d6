import { closeSync, openSync } from "node:fs";
import { READ_FLAGS, textOf } from "../../os/files/open-regular.ts";
import { absentOr } from "../../os/files/presence.ts";
import { kernelLock } from "../../os/lock/flock.ts";
import { argvOf, listProcesses } from "../../os/processes/identity.ts";
import { isAntDaemon, managing, STOP_ANT_DAEMON } from "../contract/other-managers.ts";

/** The daemon's own lock, taken while it changes its registry (ant-core 0.14.0, node/registry.rs). */
const LOCKS = ["node_registry.lock", ".lock"];

/** What acts on the nodes of the data folder now, and how it is stopped; undefined: nothing does. */
export function whatHolds(folder: string): string | undefined {
  const pid = daemonOf(folder);
  if (pid !== undefined) return managing(pid, argvOf(pid) ?? []);
  const locked = LOCKS.map((name) => `${folder}/${name}`).find(isLocked);
  return locked === undefined
    ? undefined
    : `Something changes the registry of the ant node daemon now (${locked} is locked, or cannot be opened); ${STOP_ANT_DAEMON}`;
}

/** The pid of the living daemon: its pid file's, if that process is one, or that of any daemon of this account. */
function daemonOf(folder: string): number | undefined {
  const noted = Number(textOf(`${folder}/daemon.pid`, "settings")?.trim());
  if (Number.isInteger(noted) && noted > 1 && isAntDaemon(argvOf(noted) ?? [])) return noted;
  return listProcesses()?.find(({ argv }) => isAntDaemon(argv))?.pid;
}

/** True when another process holds the file's lock, or may: only a file that is not there is certainly not locked. */
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
    // Where the file system cannot lock, the daemon holds no lock either.
    return false;
  } finally {
    closeSync(fd);
  }
}
