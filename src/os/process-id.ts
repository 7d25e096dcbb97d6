import { readdirSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "../model/node.ts";

/** A living process as /proc shows it. */
export type LivingProcess = ProcessIdentity & {
  /** Process group; equal to the pid when the process leads it. */
  readonly group: number;
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

let boot: string | undefined;

/** The identity of this boot; undefined when the kernel does not tell. */
export function bootId(): string | undefined {
  boot ??= read("/proc/sys/kernel/random/boot_id")?.trim();
  return boot;
}

/** The process with this pid; undefined when there is none or only its zombie is left. proc(5), /proc/PID/stat. */
export function livingProcess(pid: number): LivingProcess | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const boot_id = bootId();
  if (stat === undefined || boot_id === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  if (state === "Z" || state === "X" || state === undefined) return undefined;
  return { pid, group: Number(group), pid_started: Number(fields[19]), boot_id };
}

/** The recorded process itself, not another that got its pid. */
export function stillLives(recorded: ProcessIdentity): LivingProcess | undefined {
  const found = livingProcess(recorded.pid);
  return found !== undefined &&
    found.pid_started === recorded.pid_started &&
    found.boot_id === recorded.boot_id
    ? found
    : undefined;
}

/** What is recorded of a process. */
export const identityOf = ({ pid, pid_started, boot_id }: LivingProcess): ProcessIdentity => ({
  pid,
  pid_started,
  boot_id,
});

/** A process with its command line. */
export type ProcessOnList = { readonly pid: number; readonly argv: readonly string[] };

/** Every process and its command line; undefined when /proc cannot be read. Kernel threads have none and are left out. */
export function listProcesses(): readonly ProcessOnList[] | undefined {
  let entries: readonly string[];
  try {
    entries = readdirSync("/proc");
  } catch {
    return undefined;
  }
  const pids = entries.filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const list: ProcessOnList[] = [];
  for (const name of pids) {
    const line = read(`/proc/${name}/cmdline`);
    if (line !== undefined && line !== "")
      list.push({ pid: Number(name), argv: line.replace(/\0$/, "").split("\0") });
  }
  return list;
}

/** True while any living process is of the process group. */
export function groupLives(group: number): boolean {
  return (listProcesses() ?? []).some(({ pid }) => livingProcess(pid)?.group === group);
}
