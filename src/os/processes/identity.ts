import { type ProcessIdentity, sameBoot, UNKNOWN_BOOT } from "../../model/node.ts";
import { thisBoot } from "./boot.ts";
import { PROC_TABLE } from "./proc-table.ts";
import {
  ENDED,
  existence,
  type LivingProcess,
  type ProcessList,
  type ProcessOnList,
  type ProcessSight,
  type ProcessTable,
} from "./process-table.ts";
import { PS_TABLE } from "./ps-table.ts";

const table: ProcessTable = process.platform === "darwin" ? PS_TABLE : PROC_TABLE;

/** The process that has this pid now. A zombie has ended. */
export const lookAt = (pid: number): ProcessSight => table.look(pid);

/**
 * The recorded process itself, not another that got its pid. Where the kernel hides which boot this is, the command line
 * has to be `isIts` too: after a reboot another process may have the same pid and start time.
 */
export function lookFor(
  recorded: ProcessIdentity,
  isIts: (argv: readonly string[]) => boolean,
): ProcessSight {
  const same = sameBoot(recorded.boot_id, thisBoot());
  if (same === false) return ENDED;
  const sight = lookAt(recorded.pid);
  if (sight.seen !== "living") return sight;
  if (sight.process.pid_started !== recorded.pid_started) return ENDED;
  if (same === true) return sight;
  if (!isIts(table.argv(recorded.pid) ?? [])) return { seen: "hidden", foreign: false };
  const boot_id = recorded.boot_id === UNKNOWN_BOOT ? thisBoot() : recorded.boot_id;
  return { seen: "living", process: { ...sight.process, boot_id } };
}

/** True when no process has this pid, even where processes of other accounts are hidden. */
export const hasEnded = (pid: number): boolean => lookAt(pid).seen === "ended";

/** The current state of a process that this run saw alive. */
export function lookAgain(process: LivingProcess): ProcessSight {
  const sight = lookAt(process.pid);
  return sight.seen === "living" && sight.process.pid_started !== process.pid_started ? ENDED : sight;
}

/** The process with this pid, if the system shows it; undefined does not mean that there is none. */
export function livingProcess(pid: number): LivingProcess | undefined {
  const sight = lookAt(pid);
  return sight.seen === "living" ? sight.process : undefined;
}

/** What is recorded of a process. */
export const identityOf = ({ pid, pid_started, boot_id }: LivingProcess): ProcessIdentity => ({
  pid,
  pid_started,
  boot_id,
});

/** What the system shows of all processes; undefined when it shows none. Kernel threads have no command line and are left out. */
export const processList = (): ProcessList | undefined => table.list();

/** The pids that the system shows, also of kernel threads and of a process that is just changing its program and has no command line. */
export const processIds = (): readonly number[] => table.pids();

/** Every process that the system shows, with its command line; undefined when it shows none. */
export const listProcesses = (): readonly ProcessOnList[] | undefined => processList()?.processes;

/** True when processes of other accounts are shown: Linux can hide them (hidepid, proc(5)). */
export const showsOthers = (list: ProcessList): boolean => table.showsOthers(list);

/** The command line of a process; undefined where the system does not show it. */
export const argvOf = (pid: number): readonly string[] | undefined => table.argv(pid);

/** The account that a process belongs to; undefined where the system does not say. */
export const ownerOf = (pid: number): number | undefined => table.owner(pid);

/** When the process started, in epoch seconds; undefined where the system does not say. */
export const startedAt = (process: LivingProcess): number | undefined => table.startedAt(process);

/** What is left of a process group. Only "ended" says that no process is. */
export function groupSight(group: number): "living" | "ended" | "hidden" {
  if (existence(-group).seen === "ended") return "ended";
  const list = processList();
  if (list?.processes.some(({ pid }) => livingProcess(pid)?.group === group)) return "living";
  // A zombie keeps its group until its parent waits for it.
  return list !== undefined && showsOthers(list) && list.unreadable.length === 0 ? "ended" : "hidden";
}

/** True for a process group whose leader has ended and that still has a member, even a zombie. */
export const isOnlyGroup = (group: number): boolean =>
  group > 1 && existence(group).seen === "ended" && existence(-group).seen !== "ended";
