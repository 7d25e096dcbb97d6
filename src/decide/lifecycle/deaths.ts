import { inFlight, type Node, recordedProcess, type Seconds, sameBoot } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import type { Observation } from "../../model/observation.ts";
import { compareVersions } from "../../model/version.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { isBetweenVersions } from "../probation.ts";
import { become, NO_FAILURE } from "./become.ts";
import { sameProcess } from "./processes.ts";
import { NO_PROCESS, withoutReadings } from "./unseen.ts";

/** A node that ended on its own, with a reason, is not restarted at once: its first death counts as the second. */
export const DIED_AT_START = 2;

const SECOND_OF_TICKS = 100;

/** Only wnm restarts nodes there. */
const hasNoSupervisor = ({ manager_type }: Node): boolean => manager_type.startsWith("setsid");

/** Another process than the recorded one of this boot runs, and neither wnm nor a new version is why. */
export function wasBroughtBack(node: Node, seen: Observation, config: MachineConfig, now: Seconds): boolean {
  const recorded = recordedProcess(node);
  const runs = seen.process.state === "running" ? seen.process.process : undefined;
  if (!isUp(node.status) || node.wanted !== "running" || recorded === undefined || runs === undefined)
    return false;
  // A script that wnm has started hands over to the real program.
  const is_starting = inFlight(node) || now - node.status_since < config.delay_start;
  if (hasNoSupervisor(node) && is_starting) return false;
  if (sameProcess(runs, recorded) || !sameBoot(runs.boot_id, recorded.boot_id)) return false;
  if (seen.ended_by_reboot === true) return false;
  // A run that was cut short has started it again.
  if (node.being_ended) return false;
  // Where /proc is hidden, its supervisor says when it started, a few ticks apart from what the kernel says.
  if (runs.pid === recorded.pid && Math.abs(runs.pid_started - recorded.pid_started) < SECOND_OF_TICKS)
    return false;
  const version = seen.reading?.answered === true ? seen.reading.version : undefined;
  return compareVersions(version, node.version) !== "newer";
}

/** A node that died and that its supervisor has started again, maybe more than once since the last survey. */
export const broughtBack = (node: Node, { process: found }: Observation, now: Seconds): Node => {
  const [before, after] = [node.brought_back, found.state === "running" ? found.brought_back : undefined];
  const crashes =
    node.crashes + (before === undefined || after === undefined ? 1 : Math.max(1, after - before));
  const times = crashes === 1 ? "" : ` ${crashes} times in a row`;
  const problem = `it ended${times}, and its supervisor started it again`;
  return { ...node, crashes, died_at: now, silent_since: undefined, problem };
};

/** No crash: the reboot ended the process. */
const NOT_BACK = "it did not come back when the machine booted";

/** The program that answers or holds the port in the node's place; undefined when there is none. */
export function strangerOf(seen: Observation): string | undefined {
  const { reading, shown_on } = seen;
  if (seen.process.state === "running")
    return reading?.answered === false && reading.because === "stranger"
      ? `somebody else holds its metrics port ${shown_on}`
      : undefined;
  return seen.process.state !== "unknown" && reading?.answered === true
    ? `somebody else answers on its port ${shown_on}`
    : undefined;
}

/** The node without its process, and what that means: stopped, died, or dead when its folder is gone too. */
export function gone(node: Node, seen: Observation, now: Seconds): Node {
  const left: Node = {
    ...withoutReadings(node),
    ...NO_PROCESS,
    silent_since: undefined,
    // The process that could not be stopped has ended.
    ...(node.pid === undefined && node.stopping_since === undefined ? {} : NO_FAILURE),
  };
  // A removal goes on as it began: what is left of the node may be its logs.
  if (seen.folder?.is === "gone" && node.status !== "DISABLED" && node.status !== "REMOVING")
    return become(left, "DEAD", now);
  switch (node.status) {
    case "RUNNING":
    case "RESTARTING":
    case "UPGRADING": {
      if (node.wanted === "stopped") return become(left, "STOPPED", now);
      if (seen.upgraded_to !== undefined) return endedForVersion(node, left, seen.upgraded_to, now);
      // wnm ended it, to start it again.
      if (node.stopping_since !== undefined || node.being_ended) return become(left, "STOPPED", now);
      const rebooted = seen.ended_by_reboot === true;
      // A node that ended because its disk disappeared says nothing about its version.
      const crashed = node.pid !== undefined && !rebooted && seen.folder?.is !== "unknown";
      const because =
        seen.ended_because ??
        (seen.process.state === "stopped" ? seen.process.because : undefined) ??
        (rebooted ? NOT_BACK : undefined) ??
        strangerOf(seen);
      const least = because === undefined ? 1 : DIED_AT_START;
      return {
        ...become(left, "STOPPED", now),
        crashes: crashed ? Math.max(node.crashes + 1, least) : node.crashes,
        problem: because ?? node.problem,
      };
    }
    case "DEAD":
      // Its folder is there again: a disk came back, or the operator restored it.
      return become(left, "STOPPED", now);
    case "STOPPED":
    case "REMOVING":
    case "MIGRATING":
    case "DISABLED":
      return left;
    default:
      node.status satisfies never;
      return left;
  }
}

/** A node that ended with another program than it ran. The new version is unproven, so the old one stays recorded. */
function endedForVersion(
  node: Node,
  left: Node,
  { version }: NonNullable<Observation["upgraded_to"]>,
  now: Seconds,
): Node {
  const cut_short = isBetweenVersions(node);
  const named = version === undefined ? "another program" : `version ${version}`;
  return {
    ...become(left, "STOPPED", now),
    version,
    problem: cut_short
      ? `its upgrade to ${named} was interrupted`
      : `it ended to run ${named}, which it has given itself`,
    upgraded_itself: true,
    previous_version: cut_short ? node.previous_version : undefined,
  };
}
