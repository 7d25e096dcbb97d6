import { type ProcessIdentity, sameBoot } from "../../model/node.ts";
import { thisBoot } from "./boot.ts";
import { lookAt } from "./identity.ts";
import { TICKS } from "./proc-table.ts";

/** True for a process from before the last boot of the machine or start of the container. */
export function isOfEarlierBoot({ boot_id, pid_started }: ProcessIdentity): boolean {
  const same = sameBoot(boot_id, thisBoot());
  return same === false || (pid_started > 0 && pid_started < firstStarted());
}

/** True when the container has restarted since the machine's uptime was `since` seconds. */
export const hasContainerRestarted = (since: number): boolean => firstStarted() > since * TICKS;

/**
 * The start of PID 1 in ticks since boot, the lower bound for all processes here. It changes when a container restarts,
 * whereas the boot id stays the machine's. 0 if hidden, and on macOS, which has no containers.
 */
function firstStarted(): number {
  if (process.platform === "darwin") return 0;
  const first = lookAt(1);
  return first.seen === "living" ? first.process.pid_started : 0;
}
