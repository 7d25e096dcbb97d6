import { WnmError } from "../../base/errors.ts";
import { groupSight, lookAgain } from "../../os/processes/identity.ts";
import type { LivingProcess } from "../../os/processes/process-table.ts";
import { type Grace, outlasts, patience } from "../contract/stop-grace.ts";
import type { SetsidAccess } from "./access.ts";

/** How long one run waits at most for processes to end. */
const WAIT_MS = 10_000;
const KILL_MS = 5_000;
const POLL_MS = 20;
/** The first delay before asking the nodes' account about a hidden process; it doubles each time. */
const ASK_MS = 500;

/** For the remains of a failed start, which this run ends itself, with SIGKILL if necessary. */
export const AT_ONCE: Grace = { asked: false, left_s: WAIT_MS / 1000 };

/**
 * Ends processes and their process groups: SIGTERM, then SIGKILL once their time is over. Returns true while one still
 * runs and has time left. Throws WnmError when one cannot be ended.
 */
export async function endProcesses(
  access: SetsidAccess,
  processes: readonly LivingProcess[],
  grace: Grace,
): Promise<boolean> {
  const asked = new Map<LivingProcess, string | undefined>();
  for (const process of processes)
    asked.set(process, grace.asked ? undefined : await access.signal(targetOf(process), "TERM"));
  const until = performance.now() + patience(grace, WAIT_MS);
  for (const [process, unasked] of asked) {
    // If the signal could not be sent, waiting is pointless.
    const wait_ms = unasked === undefined ? Math.max(0, until - performance.now()) : 0;
    if (await untilGone(access, process, wait_ms)) continue;
    if (unasked === undefined && outlasts(grace, WAIT_MS)) return true;
    await kill(access, process);
  }
  return false;
}

/** The kill target: the group only if the process leads it, since another group may contain other nodes. Never -1. */
const targetOf = ({ pid, group }: LivingProcess): number => (group === pid && pid > 1 ? -pid : pid);

async function kill(access: SetsidAccess, process: LivingProcess): Promise<void> {
  const unsent = await access.signal(targetOf(process), "KILL");
  if (await untilGone(access, process, unsent === undefined ? KILL_MS : 0)) return;
  throw new WnmError(
    unsent === undefined
      ? `Process ${process.pid} does not exit, not even on SIGKILL; it may hang in the kernel, whose log says why`
      : `Process ${process.pid} could not be signalled to end: ${unsent}`,
  );
}

async function untilGone(access: SetsidAccess, process: LivingProcess, limit_ms: number): Promise<boolean> {
  let ask_after = ASK_MS;
  const began = performance.now();
  while (performance.now() - began < limit_ms) {
    if (isGone(process)) return true;
    if (performance.now() - began >= ask_after && lookAgain(process).seen === "hidden") {
      if (await isGoneForAccount(access, process)) return true;
      ask_after *= 2;
    }
    await access.sleep(POLL_MS);
  }
  return isGone(process) || (await isGoneForAccount(access, process));
}

/** True when the process and the group it leads are gone: a wrapper script may have started the real node in it. */
const isGone = (process: LivingProcess): boolean =>
  lookAgain(process).seen === "ended" &&
  (process.group !== process.pid || groupSight(process.group) === "ended");

/** Asks the nodes' account: to this account a hidden zombie looks like a running process. */
async function isGoneForAccount(access: SetsidAccess, process: LivingProcess): Promise<boolean> {
  const listed = await access.accountProcesses?.();
  return (
    listed !== undefined &&
    ![...listed.values()].some(({ pid, group }) => pid === process.pid || group === process.pid)
  );
}
