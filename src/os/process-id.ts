import { readdirSync, readFileSync, statSync } from "node:fs";
import { WnmError } from "../errors.ts";
import type { ProcessIdentity } from "../model/node.ts";
import { outputNow } from "./command.ts";
import { type ListedProcess, PS, processesIn } from "./ps.ts";

/** A living process as the system shows it. */
export type LivingProcess = ProcessIdentity & {
  /** Process group; equal to the pid when the process leads it. */
  readonly group: number;
};

/** undefined when the process is gone, or hidden from this account. Throws WnmError for every other failure, which says nothing of the process. */
const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (["ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR"].includes(code)) return undefined;
    throw new WnmError(`${path} cannot be read, so it is unknown which nodes run: ${error}`);
  }
};

/** Where one kind of system tells of its processes. */
type ProcessTable = {
  readonly boot: () => string | undefined;
  readonly living: (pid: number) => Omit<LivingProcess, "boot_id"> | undefined;
  readonly list: () => readonly ProcessOnList[] | undefined;
};

let boot: string | undefined;

/** The identity of this boot; undefined when the kernel does not tell. */
export function bootId(): string | undefined {
  boot ??= table.boot();
  return boot;
}

/** The process with this pid; undefined when there is none or only its zombie is left. */
export function livingProcess(pid: number): LivingProcess | undefined {
  const boot_id = bootId();
  const process = boot_id === undefined ? undefined : table.living(pid);
  return boot_id === undefined || process === undefined ? undefined : { ...process, boot_id };
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

/** Every process and its command line; undefined when the system does not tell. Kernel threads have none and are left out. */
export const listProcesses = (): readonly ProcessOnList[] | undefined => table.list();

/** The account that a process belongs to; undefined where the system does not tell. */
export function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/** True while any living process is of the process group. */
export function groupLives(group: number): boolean {
  return (listProcesses() ?? []).some(({ pid }) => livingProcess(pid)?.group === group);
}

/** Where the start time is among the fields behind the name of /proc/PID/stat; it is field 22. */
const STARTED = 19;

/** Linux: proc(5). Start times are clock ticks since boot. */
const PROC: ProcessTable = {
  boot: () => read("/proc/sys/kernel/random/boot_id")?.trim(),
  living(pid) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat === undefined) return undefined;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ", STARTED + 1);
    const [state, , group] = fields;
    if (state === "Z" || state === "X" || state === undefined) return undefined;
    return { pid, group: Number(group), pid_started: Number(fields[STARTED]) };
  },
  list() {
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
  },
};

/** One listing answers all questions of a moment: each costs a child process. */
const FRESH_MS = 50;
let listed: { readonly at: number; readonly processes: readonly ListedProcess[] | undefined } | undefined;

function psList(): readonly ListedProcess[] | undefined {
  if (listed === undefined || performance.now() - listed.at > FRESH_MS) {
    const text = outputNow(["ps", ...PS]);
    listed = { at: performance.now(), processes: text === undefined ? undefined : processesIn(text) };
  }
  return listed.processes;
}

/** macOS, which has no /proc: ps(1) and sysctl(8). Start times are epoch seconds. */
export const PS_TABLE: ProcessTable = {
  boot: () => outputNow(["sysctl", "-n", "kern.bootsessionuuid"])?.trim(),
  living(pid) {
    const found = psList()?.find((process) => process.pid === pid);
    return found && { pid, group: found.group, pid_started: found.started };
  },
  list: psList,
};

const table: ProcessTable = process.platform === "darwin" ? PS_TABLE : PROC;
