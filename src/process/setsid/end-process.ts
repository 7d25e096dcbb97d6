import { WnmError } from "../../base/errors.ts";
import { groupSight, lookAgain } from "../../os/processes/identity.ts";
import type { LivingProcess } from "../../os/processes/process-table.ts";
import { type Grace, outlasts, patience } from "../contract/stop-grace.ts";
import type { SetsidAccess } from "./access.ts";

/** The longest that one run waits for processes that were asked to end. */
const WAIT_MS = 10_000;
const KILL_MS = 5_000;
const POLL_MS = 20;
/** The nodes' account is asked about a hidden process after this long, then after twice as long, and so on. */
const ASK_MS = 500;

/** For what is left of a start that failed: this run ends it, by force if it has to. */
export const AT_ONCE: Grace = { asked: false, left_s: WAIT_MS / 1000 };

/** Ends processes and their groups, by force if need be. True when one lives on and has time left. Throws WnmError. */
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
    // There is nothing to wait for when the signal was not sent.
    const wait_ms = unasked === undefined ? Math.max(0, until - performance.now()) : 0;
    if (await untilGone(access, process, wait_ms)) continue;
    if (unasked === undefined && outlasts(grace, WAIT_MS)) return true;
    await kill(access, process);
  }
  return false;
}

/** Only a group that the process leads is the node's own; another may hold its neighbours. -1 would be every process. */
const targetOf = ({ pid, group }: LivingProcess): number => (group === pid && pid > 1 ? -pid : pid);

async function kill(access: SetsidAccess, process: LivingProcess): Promise<void> {
  const unsent = await access.signal(targetOf(process), "KILL");
  if (await untilGone(access, process, unsent === undefined ? KILL_MS : 0)) return;
  throw new WnmError(
    unsent === undefined
      ? `Process ${process.pid} does not end, not even on SIGKILL; it may hang in the kernel, whose log says for what`
      : `Process ${process.pid} got no signal to end: ${unsent}`,
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

/** The group that the process leads must be gone too: a script may have started the real node in it. */
const isGone = (process: LivingProcess): boolean =>
  lookAgain(process).seen === "ended" &&
  (process.group !== process.pid || groupSight(process.group) === "ended");

/** A hidden zombie looks like a process to this account; the nodes' account can distinguish them. */
async function isGoneForAccount(access: SetsidAccess, process: LivingProcess): Promise<boolean> {
  const listed = await access.accountProcesses?.();
  return (
    listed !== undefined &&
    ![...listed.values()].some(({ pid, group }) => pid === process.pid || group === process.pid)
  );
}
