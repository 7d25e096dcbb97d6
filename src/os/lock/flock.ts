import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { type CLibrary, cLibrary } from "../c-library.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

/** flock(2) without waiting. False: another process holds the lock. Throws WnmError if the file system cannot lock. */
export type TryLock = (fd: number, path: string) => boolean;

const is_mac = process.platform === "darwin";
/** EWOULDBLOCK, EINTR, and 0 when errno was lost. */
const HELD: ReadonlySet<number> = new Set([is_mac ? 35 : 11, 4, 0]);

/** The kernel's file lock. Throws WnmError where the C library cannot be called. */
export function kernelLock(): TryLock {
  const { flock, errno } = lockFunctions();
  return (fd, path) => {
    if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
    const because = errno();
    if (HELD.has(because)) return false;
    throw new WnmError(
      `The file system of ${path} cannot lock files (${nameOf(because)}), so two runs could not be kept apart; nothing was done and the database is as it was. Mount it with locks (NFS: -o local_lock=flock), or keep the database on a disk of this machine: wnm --dbpath /var/lib/wnm/colony.db`,
    );
  };
}

function lockFunctions(): CLibrary {
  try {
    return cLibrary();
  } catch (error) {
    throw new WnmError(
      `No lock can be taken here, so nothing was done (${messageOf(error)}); unset BUN_* variables, give wnm 3 GB or more of address space and data (ulimit -v, ulimit -d), and let it map executable memory`,
    );
  }
}

function nameOf(errno: number): string {
  const { errno: numbers } = process.getBuiltinModule("node:os").constants;
  return Object.entries(numbers).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`;
}
