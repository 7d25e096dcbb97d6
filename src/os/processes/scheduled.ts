import { kernelText } from "../files/kernel-text.ts";

/** Programs that start others by the clock, by the names that the kernel shows (15 letters at most). */
const CRONS: ReadonlySet<string> = new Set(["cron", "crond", "fcron", "anacron", "supercronic"]);
/** What starts services and timers itself, without a shell in between. */
const SUPERVISORS: ReadonlySet<string> = new Set(["systemd", "init", "s6-supervise", "runsv", "supervisord"]);
/** A shell, env, nice, timeout and flock, and the child that cron makes for a line. */
const MOST_ANCESTORS = 7;

/** True when cron, a timer, launchd or another supervisor started this process, and no person or script of theirs. */
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

/** undefined where the kernel does not say. */
function parentOf(pid: number): number | undefined {
  const found = /^PPid:\s*(\d+)$/m.exec(kernelText(`/proc/${pid}/status`) ?? "")?.[1];
  const parent = Number(found ?? 0);
  return parent > 0 ? parent : undefined;
}
