import { errorCode } from "../../base/errors.ts";
import type { ProcessIdentity } from "../../model/node.ts";

/** A living process as the system shows it. */
export type LivingProcess = ProcessIdentity & {
  /** Process group; equal to the pid when the process leads it. */
  readonly group: number;
};

/**
 * What can be known of a process. Only "ended" says that it is gone. "hidden": a process has this pid, and this account
 * is not shown what it is; `foreign`: it is certainly another account's.
 */
export type ProcessSight =
  | { readonly seen: "living"; readonly process: LivingProcess }
  | { readonly seen: "ended" }
  | { readonly seen: "hidden"; readonly foreign: boolean };

/** A process with its command line. */
export type ProcessOnList = { readonly pid: number; readonly argv: readonly string[] };

/** The processes that the system shows. `unreadable`: pids whose command line this account may not read. */
export type ProcessList = {
  readonly processes: readonly ProcessOnList[];
  readonly unreadable: readonly number[];
};

/** How one kind of system shows its processes. */
export type ProcessTable = {
  readonly look: (pid: number) => ProcessSight;
  readonly pids: () => readonly number[];
  readonly list: () => ProcessList | undefined;
  readonly argv: (pid: number) => readonly string[] | undefined;
  readonly owner: (pid: number) => number | undefined;
  readonly startedAt: (process: LivingProcess) => number | undefined;
  readonly showsOthers: (list: ProcessList) => boolean;
};

/** A process that is gone. */
export const ENDED = { seen: "ended" } as const;
const MAX_PID = 0x7fffffff;

/** Whether there is such a process, or process group if negative. By kill(2), which no mount option of /proc restricts. */
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
