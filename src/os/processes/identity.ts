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

/** The process that currently has this pid. A zombie counts as ended. */
export const lookAt = (pid: number): ProcessSight => table.look(pid);

/**
 * Finds the recorded process itself, not another one that reuses its pid. If the kernel hides the boot id, the command line
 * must match `isIts` too, because after a reboot another process may have the same pid and start time.
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

/** True when no process has this pid; reliable even if other accounts' processes are hidden. */
export const hasEnded = (pid: number): boolean => lookAt(pid).seen === "ended";

/** The current state of a process that this run saw running. */
export function lookAgain(process: LivingProcess): ProcessSight {
  const sight = lookAt(process.pid);
  return sight.seen === "living" && sight.process.pid_started !== process.pid_started ? ENDED : sight;
}

/** The process with this pid if visible; undefined does not mean that it does not exist. */
export function livingProcess(pid: number): LivingProcess | undefined {
  const sight = lookAt(pid);
  return sight.seen === "living" ? sight.process : undefined;
}

/** The identity to store for a process. */
export const identityOf = ({ pid, pid_started, boot_id }: LivingProcess): ProcessIdentity => ({
  pid,
  pid_started,
  boot_id,
});

/** All visible processes with a command line, so no kernel threads; undefined when none can be listed. */
export const processList = (): ProcessList | undefined => table.list();

/** All visible pids, including kernel threads and processes in the middle of exec(2), which have no command line. */
export const processIds = (): readonly number[] => table.pids();

/** All visible processes with their command lines; undefined when none can be listed. */
export const listProcesses = (): readonly ProcessOnList[] | undefined => processList()?.processes;

/** True when other accounts' processes are visible; Linux can hide them (hidepid, proc(5)). */
export const showsOthers = (list: ProcessList): boolean => table.showsOthers(list);

/** The command line of a process; undefined if not visible. */
export const argvOf = (pid: number): readonly string[] | undefined => table.argv(pid);

/** The uid of a process; undefined if not visible. */
export const ownerOf = (pid: number): number | undefined => table.owner(pid);

/** The start of a process in epoch seconds; undefined if unknown. */
export const startedAt = (process: LivingProcess): number | undefined => table.startedAt(process);

/** The state of a process group. Only "ended" means that no process is left. */
export function groupSight(group: number): "living" | "ended" | "hidden" {
  if (existence(-group).seen === "ended") return "ended";
  const list = processList();
  if (list?.processes.some(({ pid }) => livingProcess(pid)?.group === group)) return "living";
  // A zombie stays in its group until its parent reaps it.
  return list !== undefined && showsOthers(list) && list.unreadable.length === 0 ? "ended" : "hidden";
}

/** True for a process group whose leader has ended but that still has a member, even a zombie. */
export const isOnlyGroup = (group: number): boolean =>
  group > 1 && existence(group).seen === "ended" && existence(-group).seen !== "ended";
