import { type ProcessIdentity, sameBoot } from "../../model/node.ts";
import { thisBoot } from "./boot.ts";
import { lookAt } from "./identity.ts";
import { TICKS } from "./proc-table.ts";

/** True for a process of an earlier boot, or of the container as it was before it started again. */
export function isOfEarlierBoot({ boot_id, pid_started }: ProcessIdentity): boolean {
  const same = sameBoot(boot_id, thisBoot());
  return same === false || (pid_started > 0 && pid_started < firstStarted());
}

/** True when the container has started again since the machine was up for that many seconds. */
export const hasContainerRestarted = (since: number): boolean => firstStarted() > since * TICKS;

/**
 * When PID 1 started, in ticks since boot: nothing here is older than it. A container that starts again has a new one
 * under the boot id of its machine. 0 where that is hidden, and on macOS, which has no containers.
 */
function firstStarted(): number {
  if (process.platform === "darwin") return 0;
  const first = lookAt(1);
  return first.seen === "living" ? first.process.pid_started : 0;
}
