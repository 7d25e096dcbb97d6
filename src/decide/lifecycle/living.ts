import type { Node, Seconds } from "../../model/node.ts";
import { NO_COUNTERS } from "../../model/node-counters.ts";
import type { Observation } from "../../model/observation.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { isOnProbation } from "../probation.ts";
import { withUsage } from "../usage.ts";
import { become } from "./become.ts";
import { restartedBySupervisor, wasBroughtBack } from "./deaths.ts";
import { withProcess } from "./processes.ts";
import { withoutReadings } from "./unseen.ts";

/** After this uptime, earlier crashes no longer count. */
const HEALTHY_SECONDS = 3600;

/** Once an upgrade is complete, the node must stay up for this further share of delay_upgrade to prove its version. */
const PROVEN_SHARE = 0.2;

/** The node while its process runs: its answers, restarts by its supervisor, and its status. */
export function living(node: Node, seen: Observation, config: MachineConfig, now: Seconds): Node {
  const used = withUsage(node, readingOf(node, seen, now), seen);
  const runs = seen.process.state === "running" ? seen.process.process : undefined;
  const returned = wasBroughtBack(node, seen, config, now) ? restartedBySupervisor(used, seen, now) : used;
  const found = withSupervisor(withProcess(returned, runs), seen);
  const ready = config.reaction === "steady" && isReady(seen);
  const meant: Node = startedByHand(node) ? { ...found, wanted: "running" } : found;
  return withTrouble(alive(meant, ready, config, now), seen);
}

/** The node with what its supervisor counts. */
function withSupervisor(node: Node, { process: found }: Observation): Node {
  const supervisor_restarts = found.state === "running" ? found.supervisor_restarts : undefined;
  return supervisor_restarts === undefined ? node : { ...node, supervisor_restarts };
}

/** True for a disabled node that now has a process: the operator started it, which is allowed. */
const startedByHand = (node: Node): boolean => node.status === "DISABLED" && node.pid === undefined;

/** True when the node answers and has peers, or reports that it is up. */
const isReady = ({ reading }: Observation): boolean =>
  reading?.answered === true && (reading.ready ?? (reading.readings.connected_peers ?? 0) > 0);

function readingOf(node: Node, seen: Observation, now: Seconds): Node {
  const { reading } = seen;
  if (reading === undefined) return node;
  if (!reading.answered) {
    // A node that is still starting may not answer yet.
    const judged = node.status === "RUNNING" || node.status === "UPGRADING";
    return judged ? { ...node, silent_since: node.silent_since ?? now } : withoutReadings(node);
  }
  return {
    ...node,
    ...reading.readings,
    ...(reading.counters ?? NO_COUNTERS),
    rewards: reading.readings.rewards ?? node.rewards,
    cpu_seconds: undefined,
    version: reading.version ?? (reading.version_lost === true ? undefined : node.version),
    peer_id: reading.peer_id ?? node.peer_id,
    data_bytes: reading.data_bytes ?? node.data_bytes,
    counted_at: reading.counted_at,
    partial_count: reading.partial_count,
    peers_at: reading.peers_at,
    routing_at: reading.routing_at,
    silent_since: undefined,
  };
}

/** The problem of a node waiting for its first peers. It is alive, and a restart would only start the wait again. */
const NOT_READY = "its log says that it is still looking for peers";

/** Adds what a running node's log says about its state. */
function withTrouble(node: Node, { reading }: Observation): Node {
  if (reading?.answered !== true) return node;
  if (reading.trouble !== undefined) return { ...node, problem: `its log says: ${reading.trouble}` };
  if (reading.ready === false) return { ...node, problem: NOT_READY };
  return reading.ready === true && node.problem === NOT_READY ? { ...node, problem: undefined } : node;
}

function alive(found: Node, ready: boolean, config: MachineConfig, now: Seconds): Node {
  const node = found.upgraded_itself ? { ...found, upgraded_itself: false, problem: undefined } : found;
  const since = now - node.status_since;
  const lived = now - Math.max(node.status_since, node.died_at ?? node.status_since);
  switch (node.status) {
    case "RESTARTING":
      return ready || since >= config.delay_start ? become(node, "RUNNING", now) : node;
    case "UPGRADING":
      // A new version that does not answer, or has just crashed, has not passed its probation.
      return lived >= config.delay_upgrade && node.silent_since === undefined
        ? recovered(become(node, "RUNNING", now), config, 0)
        : node;
    case "STOPPED":
      return { ...become(node, "RUNNING", now), wanted: "running" };
    case "DEAD":
      return become(node, "RUNNING", now);
    case "MIGRATING":
      return node;
    case "RUNNING":
      // The run that was to end it was cut short before it did.
      return recovered(
        node.stopping_to_restart ? { ...node, stopping_to_restart: false } : node,
        config,
        lived,
      );
    case "REMOVING":
    case "DISABLED":
      return node;
    default:
      node.status satisfies never;
      return node;
  }
}

function recovered(node: Node, config: MachineConfig, since: Seconds): Node {
  const passed =
    isOnProbation(node) && since >= config.delay_upgrade * PROVEN_SHARE && node.silent_since === undefined;
  const proven: Node = passed ? { ...node, previous_version: undefined } : node;
  const ailed = proven.crashes > 0 || proven.problem !== undefined;
  return ailed && since >= HEALTHY_SECONDS
    ? { ...proven, crashes: 0, died_at: undefined, problem: undefined }
    : proven;
}
