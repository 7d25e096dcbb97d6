import { inFlight, type Node, recordedProcess, type Seconds, sameBoot } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import type { Observation } from "../../model/observation.ts";
import { compareVersions } from "../../model/version.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { isBetweenVersions } from "../probation.ts";
import { become, NO_FAILURE } from "./become.ts";
import { sameProcess } from "./processes.ts";
import { NO_PROCESS, withoutReadings } from "./unseen.ts";

/** The crash count for a node that exited with an error: as if it were the second, so it is not restarted at once. */
export const DIED_AT_START = 2;

const SECOND_OF_TICKS = 100;

/** True for setsid, where only wnm restarts nodes. */
const hasNoSupervisor = ({ manager_type }: Node): boolean => manager_type.startsWith("setsid");

/** True when a process other than the recorded one runs since this boot, neither started by wnm nor for an upgrade. */
export function wasBroughtBack(node: Node, seen: Observation, config: MachineConfig, now: Seconds): boolean {
  const recorded = recordedProcess(node);
  const runs = seen.process.state === "running" ? seen.process.process : undefined;
  if (!isUp(node.status) || node.wanted !== "running" || recorded === undefined || runs === undefined)
    return false;
  // A wrapper script started by wnm may have exec'ed or spawned the real program.
  const is_starting = inFlight(node) || now - node.status_since < config.delay_start;
  if (hasNoSupervisor(node) && is_starting) return false;
  if (sameProcess(runs, recorded) || !sameBoot(runs.boot_id, recorded.boot_id)) return false;
  if (seen.ended_by_reboot === true) return false;
  // An interrupted run has restarted it.
  if (node.stopping_to_restart) return false;
  // If /proc is hidden, the start time comes from the supervisor and differs from the kernel's by a few ticks.
  if (runs.pid === recorded.pid && Math.abs(runs.pid_started - recorded.pid_started) < SECOND_OF_TICKS)
    return false;
  const version = seen.reading?.answered === true ? seen.reading.version : undefined;
  return compareVersions(version, node.version) !== "newer";
}

/** A node that died and was restarted by its supervisor, possibly more than once since the last survey. */
export const restartedBySupervisor = (node: Node, { process: found }: Observation, now: Seconds): Node => {
  const [before, after] = [
    node.supervisor_restarts,
    found.state === "running" ? found.supervisor_restarts : undefined,
  ];
  const crashes =
    node.crashes + (before === undefined || after === undefined ? 1 : Math.max(1, after - before));
  const times = crashes === 1 ? "" : ` ${crashes} times in a row`;
  const problem = `it ended${times}, and its supervisor started it again`;
  return { ...node, crashes, died_at: now, silent_since: undefined, problem };
};

/** The problem of a node ended by a reboot, which is not a crash. */
const NOT_BACK = "it did not come back when the machine booted";

/** Says that another program answers or holds the node's port; undefined when none does. */
export function strangerOf(seen: Observation): string | undefined {
  const { reading, shown_on } = seen;
  if (seen.process.state === "running")
    return reading?.answered === false && reading.because === "stranger"
      ? `another process holds its metrics port ${shown_on}`
      : undefined;
  return seen.process.state !== "unknown" && reading?.answered === true
    ? `another process answers on its port ${shown_on}`
    : undefined;
}

/** The node after its process has ended: stopped, crashed, or DEAD if its folder is gone too. */
export function gone(node: Node, seen: Observation, now: Seconds): Node {
  const left: Node = {
    ...withoutReadings(node),
    ...NO_PROCESS,
    silent_since: undefined,
    // A process that could not be stopped has now ended.
    ...(node.pid === undefined && node.stopping_since === undefined ? {} : NO_FAILURE),
  };
  // A removal continues even without the folder, because logs may be left.
  if (seen.folder?.is === "gone" && node.status !== "DISABLED" && node.status !== "REMOVING")
    return become(left, "DEAD", now);
  switch (node.status) {
    case "RUNNING":
    case "RESTARTING":
    case "UPGRADING": {
      if (node.wanted === "stopped") return become(left, "STOPPED", now);
      if (seen.upgraded_to !== undefined) return endedForVersion(node, left, seen.upgraded_to, now);
      // wnm ended it, to start it again.
      if (node.stopping_since !== undefined || node.stopping_to_restart) return become(left, "STOPPED", now);
      const rebooted = seen.ended_by_reboot === true;
      // If its disk disappeared, the end is not the version's fault.
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
      // Its folder is back: the disk returned, or the operator restored it.
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

/**
 * A node that ended with a different program in its folder, from its own upgrade or an interrupted one. The new version is
 * unproven, so the old one stays recorded for a rollback.
 */
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
      : `it ended to run ${named}, its own upgrade`,
    upgraded_itself: true,
    previous_version: cut_short ? node.previous_version : undefined,
  };
}
