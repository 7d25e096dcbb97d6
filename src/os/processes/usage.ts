import { readlinkSync } from "node:fs";
import type { ProcessUsage } from "../../model/observation.ts";
import { kernelText } from "../files/kernel-text.ts";
import { TICKS } from "./proc-table.ts";
import { secondsSinceBoot } from "./since-boot.ts";

/** Reads proc(5): /proc/PID/stat (fields 14, 15 and 22), /proc/PID/status (VmRSS) and /proc/PID/exe. */
export function processUsage(pid: number): ProcessUsage {
  const stat = kernelText(`/proc/${pid}/stat`);
  // Fields after the name, which may contain blanks and parentheses; the first one is field 3.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number | undefined => {
    const value = Number(fields?.[number - 3] ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const [user, system, started] = [field(14), field(15), field(22)];
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(kernelText(`/proc/${pid}/status`) ?? "")?.[1];
  return {
    uptime: started === undefined ? undefined : Math.max(0, Math.floor(secondsSinceBoot() - started / TICKS)),
    mem_bytes: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
    cpu_seconds: user === undefined || system === undefined ? undefined : (user + system) / TICKS,
    replaced: isReplaced(pid),
  };
}

/** True if the program file was replaced or deleted; the kernel then shows "/path/antnode (deleted)". */
function isReplaced(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(" (deleted)");
  } catch {
    return false;
  }
}
