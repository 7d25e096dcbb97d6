import { kernelText } from "../os/files/kernel-text.ts";
import type { Read } from "./control-group.ts";

/** What a node takes of memory at the least, before any was measured. */
const LEAST_BYTES = 100e6;

/** Limits of memory: their line in /proc/PID/limits, and what proc_pid_status(5) has used of it. */
const OF_MEMORY = [
  { name: "Max address space", option: "-v", used: "VmSize" },
  { name: "Max data size", option: "-d", used: "VmData" },
] as const;

/**
 * Why a node that started here would reach a limit of its own (ulimit, getrlimit(2)), in a sentence with the cure. Each
 * process has such a limit for itself, so it is no share of the machine's memory: it speaks against another node of the
 * same size, and never for stopping one, which would leave the others nothing. Pure but for `read`.
 */
export function whyLimited(
  pids: readonly number[],
  mem_less_than: number,
  read: Read = kernelText,
): string | undefined {
  const limits = read("/proc/self/limits") ?? "";
  const soft = (name: string): number | undefined => {
    const digits = new RegExp(`^${name}\\s+(\\d+)\\s`, "m").exec(limits)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const seconds = soft("Max cpu time");
  if (seconds !== undefined)
    return `a node would be ended after ${seconds} s of processor time (ulimit -t ${seconds}); ${raise("-t")}`;
  for (const { name, option, used } of OF_MEMORY) {
    const limit = soft(name);
    if (limit === undefined) continue;
    const taken = Math.max(LEAST_BYTES, ...pids.map((pid) => bytesOf(used, read(`/proc/${pid}/status`))));
    const percent = (100 * taken) / limit;
    // Negated, so that a limit of 0 is one as well.
    if (!(percent < mem_less_than))
      return `a node takes ${taken} of the ${limit} bytes that a process may have here (ulimit ${option} ${Math.floor(limit / 1024)}), ${percent.toFixed(1)} % >= mem_less_than ${mem_less_than} %; ${raise(option)}`;
  }
  return undefined;
}

const raise = (option: string): string => `raise it where wnm is started: ulimit ${option} unlimited`;

const bytesOf = (field: string, status: string | undefined): number =>
  Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status ?? "")?.[1] ?? 0) * 1024;
