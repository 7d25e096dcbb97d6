import {
  NO_READINGS,
  type Node,
  type ProcessIdentity,
  recordedProcess,
  type Seconds,
} from "../model/node.ts";
import type { Observation } from "../model/observation.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { withUsage } from "./usage.ts";

/** After this long up, earlier deaths no longer count. */
const HEALTHY_SECONDS = 3600;

/** Share of delay_upgrade that a node stays up after its upgrade counts as done before its version has proven itself. */
const PROVEN_SHARE = 0.2;

/** A node that ended by its own will is not tried again at once: the first death counts as the second. */
const DIED_AT_START = 2;

const NO_PROCESS = { pid: undefined, pid_started: undefined, boot_id: undefined } as const;

/** What a node begins with of which nothing has been seen yet. */
export const UNSEEN = {
  container_id: undefined,
  peer_id: undefined,
  layout: "1",
  ...NO_PROCESS,
  silent_since: undefined,
  crashes: 0,
  problem: undefined,
  previous_version: undefined,
  upgraded_itself: false,
  cpu_seconds: undefined,
  data_bytes: undefined,
  db_size_gb: undefined,
  peers_at: undefined,
  ...NO_READINGS,
} as const;

const become = (node: Node, status: Node["status"], now: Seconds): Node =>
  node.status === status ? node : { ...node, status, status_since: now };

/**
 * The node as a survey found it. Pure; the only judge of what an observation means.
 * Unknown changes nothing; silence is not a stop; DISABLED stays until a hand enables it.
 */
export function settle(found: Node, seen: Observation, config: MachineConfig, now: Seconds): Node {
  const node = risen(found, seen, now);
  const read = readingOf(node, seen, now);
  switch (seen.process.state) {
    case "unknown":
      return read;
    case "running": {
      const living = withProcess(withUsage(node, read, seen), seen.process.process);
      return withTrouble(
        alive(startedByHand(node) ? { ...living, wanted: "running" } : living, config, now),
        seen,
      );
    }
    case "stopped":
    case "missing":
      if (seen.reading?.answered === true) {
        return {
          ...read,
          problem: `something answers on its metrics port ${node.metrics_port}, yet no process of it was found`,
        };
      }
      return gone(read, seen, now);
    default:
      seen.process satisfies never;
      return read;
  }
}

/** Python wnm called crashed nodes dead, data and all; here only a node without its folder is. Others are judged anew. */
const risen = (node: Node, seen: Observation, now: Seconds): Node =>
  node.status === "DEAD" && seen.has_folder === true ? become(node, "STOPPED", now) : node;

/** Two processes are the same only in pid, start time and boot. */
export const sameProcess = (a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.pid === b.pid &&
  a.pid_started === b.pid_started &&
  a.boot_id === b.boot_id;

/** A disabled node that had no process and has one now was started by its operator, who may. */
const startedByHand = (node: Node): boolean => node.status === "DISABLED" && node.pid === undefined;

const withProcess = (node: Node, process: ProcessIdentity | undefined): Node =>
  process === undefined || sameProcess(process, recordedProcess(node)) ? node : { ...node, ...process };

function readingOf(node: Node, seen: Observation, now: Seconds): Node {
  const { reading } = seen;
  if (reading === undefined) return node;
  if (!reading.answered) {
    // A node that is still starting may be silent; one whose process nobody can see is not judged.
    const judged =
      seen.process.state === "running" && (node.status === "RUNNING" || node.status === "UPGRADING");
    return judged ? { ...node, silent_since: node.silent_since ?? now } : node;
  }
  return {
    ...node,
    ...reading.readings,
    cpu_seconds: undefined,
    version: reading.version ?? node.version,
    peer_id: reading.peer_id ?? node.peer_id,
    data_bytes: reading.data_bytes ?? node.data_bytes,
    peers_at: reading.peers_at,
    silent_since: undefined,
  };
}

/** A node that waits for its first peers is alive: restarting it would only make it wait anew. */
const NOT_READY = "its log says that it still looks for its first peers";

/** No crash: whatever ran before the boot was ended by it. */
const NOT_BACK = "it did not come back when the machine booted";

/** What the log of a living node says of its state. */
function withTrouble(node: Node, { reading }: Observation): Node {
  if (reading?.answered !== true) return node;
  if (reading.trouble !== undefined) return { ...node, problem: `its log says: ${reading.trouble}` };
  if (reading.ready === false) return { ...node, problem: NOT_READY };
  return reading.ready === true && node.problem === NOT_READY ? { ...node, problem: undefined } : node;
}

function alive(found: Node, config: MachineConfig, now: Seconds): Node {
  const node = found.upgraded_itself ? { ...found, upgraded_itself: false, problem: undefined } : found;
  const since = now - node.status_since;
  switch (node.status) {
    case "RESTARTING":
      return since >= config.delay_start ? become(node, "RUNNING", now) : node;
    case "UPGRADING":
      // A new version that does not answer has not passed its probation.
      return since >= config.delay_upgrade && node.silent_since === undefined
        ? recovered(become(node, "RUNNING", now), config, 0)
        : node;
    case "STOPPED":
      return { ...become(node, "RUNNING", now), wanted: "running" };
    case "DEAD":
      return become(node, "RUNNING", now);
    case "MIGRATING":
      return node;
    case "RUNNING":
      return recovered(node, config, since);
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
  return ailed && since >= HEALTHY_SECONDS ? { ...proven, crashes: 0, problem: undefined } : proven;
}

function gone(node: Node, seen: Observation, now: Seconds): Node {
  const left: Node = {
    ...node,
    ...NO_PROCESS,
    ...NO_READINGS,
    records: node.records,
    cpu_seconds: undefined,
    peers_at: undefined,
    silent_since: undefined,
  };
  if (seen.has_folder === false && node.status !== "DISABLED") return become(left, "DEAD", now);
  switch (node.status) {
    case "RUNNING":
    case "RESTARTING":
    case "UPGRADING": {
      if (node.wanted === "stopped") return become(left, "STOPPED", now);
      if (seen.upgraded_to !== undefined) return endedForVersion(node, left, seen.upgraded_to, now);
      const rebooted = seen.ended_by_reboot === true;
      const crashed = node.pid !== undefined && !rebooted;
      const because =
        seen.ended_because ??
        (seen.process.state === "stopped" ? seen.process.because : undefined) ??
        (rebooted ? NOT_BACK : undefined);
      const least = because === undefined ? 1 : DIED_AT_START;
      return {
        ...become(left, "STOPPED", now),
        crashes: crashed ? Math.max(node.crashes + 1, least) : node.crashes,
        problem: because ?? node.problem,
      };
    }
    case "DEAD":
      // Its folder is there again: a disk came back, or a hand has restored it.
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
 * An upgrade of it was cut short before its new program ran: what it was to get back is what it still runs, whatever
 * program lies in its folder.
 */
export const isBetweenVersions = (node: Node): boolean =>
  node.previous_version !== undefined && node.previous_version === node.version;

/** Its new version has yet to prove itself. */
export const isOnProbation = (node: Node): boolean =>
  node.previous_version !== undefined && !isBetweenVersions(node);

/**
 * A node that ended with a newer program than it ran: it has given itself that version, or an upgrade that was cut
 * short has. That one still has to prove itself, so the old version stays remembered.
 */
function endedForVersion(node: Node, left: Node, version: string, now: Seconds): Node {
  const cut_short = isBetweenVersions(node);
  return {
    ...become(left, "STOPPED", now),
    version,
    problem: cut_short
      ? `its upgrade to version ${version} was interrupted`
      : `it ended to run version ${version}, which it has given itself`,
    upgraded_itself: true,
    previous_version: cut_short ? node.previous_version : undefined,
  };
}

/** The node with its moments moved by as much as the wall clock jumped, so that no wait becomes shorter or longer. */
export const afterClockJump = (node: Node, jump: Seconds): Node =>
  jump === 0
    ? node
    : {
        ...node,
        status_since: node.status_since + jump,
        born_at: node.born_at + jump,
        silent_since: node.silent_since === undefined ? undefined : node.silent_since + jump,
      };

/** What a node becomes before and after each thing that is done to it. The only other place that assigns a status. */
export const BECOMES = {
  starting: (node: Node, now: Seconds): Node => ({
    ...become({ ...node, status: "STOPPED" }, "RESTARTING", now),
    wanted: "running",
    upgraded_itself: false,
    silent_since: undefined,
  }),
  upgrading: (node: Node, now: Seconds): Node => ({
    ...become({ ...node, status: "STOPPED" }, "UPGRADING", now),
    previous_version: node.previous_version ?? node.version,
    wanted: "running",
    // Deaths of the old program say nothing of the new one.
    crashes: 0,
    upgraded_itself: false,
    silent_since: undefined,
  }),
  rollingBack: (node: Node, now: Seconds): Node => ({
    ...become({ ...node, status: "STOPPED" }, "RESTARTING", now),
    wanted: "running",
    silent_since: undefined,
    crashes: 0,
  }),
  started: (node: Node, process: ProcessIdentity | undefined): Node => withProcess(node, process),
  stopping: (node: Node): Node => ({ ...node, wanted: "stopped" }),
  stopped: (node: Node, now: Seconds): Node => ({
    ...become({ ...node, ...NO_PROCESS }, "STOPPED", now),
    wanted: "stopped",
    silent_since: undefined,
  }),
  failedToStart: (node: Node, because: string, now: Seconds): Node => ({
    ...become({ ...node, ...NO_PROCESS }, "STOPPED", now),
    crashes: Math.max(node.crashes + 1, DIED_AT_START),
    problem: because,
    silent_since: undefined,
  }),
  removing: (node: Node, now: Seconds): Node => ({ ...become(node, "REMOVING", now), wanted: "stopped" }),
  withoutProcess: (node: Node): Node => ({ ...node, ...NO_PROCESS, silent_since: undefined }),
  disabled: (node: Node, now: Seconds): Node => ({ ...become(node, "DISABLED", now), wanted: "stopped" }),
  enabled: (node: Node, now: Seconds): Node => ({
    ...become(node, "STOPPED", now),
    wanted: "stopped",
    crashes: 0,
  }),
} as const;
