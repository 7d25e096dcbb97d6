import { kernelText } from "../files/kernel-text.ts";

/** Schedulers, by their kernel names (at most 15 characters). */
const CRONS: ReadonlySet<string> = new Set(["cron", "crond", "fcron", "anacron", "supercronic"]);
/** Supervisors, which start services and timers directly, without a shell. */
const SUPERVISORS: ReadonlySet<string> = new Set(["systemd", "init", "s6-supervise", "runsv", "supervisord"]);
/** The number of ancestors to check: a shell, env, nice, timeout and flock, and cron's child process for the line. */
const MOST_ANCESTORS = 7;

/** True when cron, a timer, launchd or another supervisor started this process, rather than a user or their script. */
export function isScheduled(pid: number = process.pid): boolean {
  if (process.platform === "darwin") return process.ppid === 1;
  let above = parentOf(pid);
  for (let i = 0; i < MOST_ANCESTORS && above !== undefined; i++) {
    const name = kernelText(`/proc/${above}/comm`)?.trim() ?? "";
    if (CRONS.has(name) || (i === 0 && SUPERVISORS.has(name))) return true;
    above = above <= 1 ? undefined : parentOf(above);
  }
  return false;
}

/** The parent pid; undefined if not visible. */
function parentOf(pid: number): number | undefined {
  const found = /^PPid:\s*(\d+)$/m.exec(kernelText(`/proc/${pid}/status`) ?? "")?.[1];
  const parent = Number(found ?? 0);
  return parent > 0 ? parent : undefined;
}
