import { errorCode } from "../../base/errors.ts";
import type { ProcessIdentity } from "../../model/node.ts";

/** A running process as shown by the system. */
export type LivingProcess = ProcessIdentity & {
  /** The process group, equal to the pid for its leader. */
  readonly group: number;
};

/**
 * What can be seen of a process. Only "ended" means that it is gone. "hidden": a process has this pid, but this account
 * cannot see it; `foreign`: it certainly belongs to another account.
 */
export type ProcessSight =
  | { readonly seen: "living"; readonly process: LivingProcess }
  | { readonly seen: "ended" }
  | { readonly seen: "hidden"; readonly foreign: boolean };

/** A process with its command line. */
export type ProcessOnList = { readonly pid: number; readonly argv: readonly string[] };

/** The visible processes. `unreadable`: pids whose command line this account may not read. */
export type ProcessList = {
  readonly processes: readonly ProcessOnList[];
  readonly unreadable: readonly number[];
};

/** Access to the processes of one operating system. */
export type ProcessTable = {
  readonly look: (pid: number) => ProcessSight;
  readonly pids: () => readonly number[];
  readonly list: () => ProcessList | undefined;
  readonly argv: (pid: number) => readonly string[] | undefined;
  readonly owner: (pid: number) => number | undefined;
  readonly startedAt: (process: LivingProcess) => number | undefined;
  readonly showsOthers: (list: ProcessList) => boolean;
};

/** The result for a process that is gone. */
export const ENDED = { seen: "ended" } as const;
const MAX_PID = 0x7fffffff;

/** Whether a process, or a group if negative, exists, by kill(2), which /proc mount options do not restrict. */
export function existence(target: number): Exclude<ProcessSight, { seen: "living" }> {
  if (!Number.isSafeInteger(target) || target === 0 || Math.abs(target) > MAX_PID) return ENDED;
  try {
    process.kill(target, 0);
    return { seen: "hidden", foreign: false };
  } catch (error) {
    const code = errorCode(error);
    return code === "ESRCH" ? ENDED : { seen: "hidden", foreign: code === "EPERM" };
  }
}
