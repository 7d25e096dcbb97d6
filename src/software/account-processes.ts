import { processInStat } from "../os/processes/proc-table.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";

/** A living process with its command line. */
export type ProcessWithArgv = LivingProcess & { readonly argv: readonly string[] };

/** All processes of one account by pid, as that account itself sees them. */
export type AccountProcesses = ReadonlyMap<number, ProcessWithArgv>;

/** The shell script that the nodes' account runs to list its processes for `accountProcesses`. */
export const SHOW_PROCESSES =
  'exec grep -azH "" /proc/[0-9]*/stat /proc/[0-9]*/status /proc/[0-9]*/cmdline 2>/dev/null';

/**
 * Parses the output of SHOW_PROCESSES: "FILE:" and part of the file, terminated by NUL. undefined when even the listing
 * program itself is missing. Pure apart from the boot id.
 */
export function accountProcesses(printed: string, uid: number | undefined): AccountProcesses | undefined {
  const files = new Map<number, { stat: string; owner: number; argv: string[] }>();
  for (const record of printed.split("\0")) {
    const [, pid, kind, text = ""] = /^\/proc\/(\d+)\/(stat|status|cmdline):(.*)$/s.exec(record) ?? [];
    if (pid === undefined) continue;
    const file = files.get(Number(pid)) ?? { stat: "", owner: -1, argv: [] };
    files.set(Number(pid), file);
    if (kind === "stat") file.stat = text;
    // Real, effective, saved and file system uid; /proc/PID belongs to the effective one.
    else if (kind === "status") file.owner = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(text)?.[1] ?? -1);
    else file.argv.push(text);
  }
  const all = new Map<number, ProcessWithArgv>();
  for (const [pid, { stat, owner, argv }] of files) {
    const process = processInStat(stat);
    if (process?.pid === pid && (uid === undefined || owner === uid)) all.set(pid, { ...process, argv });
  }
  return [...all.values()].some(({ argv }) => argv[0] === "grep") ? all : undefined;
}
