import { processInStat } from "../os/processes/proc-table.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";

/** A living process with its command line. */
export type ProcessWithArgv = LivingProcess & { readonly argv: readonly string[] };

/** All processes of one account by pid, as that account itself sees them. */
export type AccountProcesses = ReadonlyMap<number, ProcessWithArgv>;

/** The shell script that the nodes' account has to run so that `accountProcesses` can read what it sees. */
export const SHOW_PROCESSES =
  'exec grep -azH "" /proc/[0-9]*/stat /proc/[0-9]*/status /proc/[0-9]*/cmdline 2>/dev/null';

/**
 * The account's processes in what SHOW_PROCESSES printed: "FILE:" and a piece of the file, ended by a NUL. undefined
 * when it does not even show the program that printed it. Pure but for the boot.
 */
export function accountProcesses(printed: string, uid: number | undefined): AccountProcesses | undefined {
  const files = new Map<number, { stat: string; owner: number; argv: string[] }>();
  for (const record of printed.split("\0")) {
    const [, pid, kind, text = ""] = /^\/proc\/(\d+)\/(stat|status|cmdline):(.*)$/s.exec(record) ?? [];
    if (pid === undefined) continue;
    const file = files.get(Number(pid)) ?? { stat: "", owner: -1, argv: [] };
    files.set(Number(pid), file);
    if (kind === "stat") file.stat = text;
    // Real, effective, saved and file system account: /proc/PID belongs to the second.
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
