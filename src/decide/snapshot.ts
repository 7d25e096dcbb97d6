import type { Container, Placing } from "../model/container.ts";
import type { Disk, DiskHistory } from "../model/disk.ts";
import type { History } from "../model/history.ts";
import type { HostMetrics, NodeBinary } from "../model/host.ts";
import { graceLeft, inFlight, type Node, type NodeId, type Seconds } from "../model/node.ts";
import type { NodeStatus } from "../model/node-status.ts";
import { compareVersions } from "../model/version.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import { isOnProbation } from "./probation.ts";

/** Everything that decisions are based on, as it was at `now`. */
export type Snapshot = {
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  /** The reachable file systems that hold nodes; `metrics` refers to the first. */
  readonly disks: readonly Disk[];
  /** The measurements of each disk by name, past and current; empty with a single disk. */
  readonly disk_histories: ReadonlyMap<string, DiskHistory>;
  /** The machine's measurements, past and current. */
  readonly history: History;
  readonly nodes: readonly Node[];
  /** Bytes per node on disk; measured only while a disk is too full. */
  readonly disk_use: ReadonlyMap<NodeId, number>;
  readonly now: Seconds;
  readonly binary: NodeBinary;
  /** The operator allows upgrades in this run (--enable_upgrade). */
  readonly upgrades: boolean;
  /** Why a new node could not work here; undefined: it could, or none may be added. */
  readonly no_new_node?: string | undefined;
  /** Versions that failed on a node, with the reason; they are not tried again. */
  readonly bad_versions: ReadonlyMap<string, string>;
  /** Nodes that must not be upgraded to the binary's version, with the reason; only if upgrades are allowed. */
  readonly held_back: ReadonlyMap<NodeId, string>;
  /** True in the first run since the machine booted. */
  readonly rebooted: boolean;
  /** Whether the process manager lets new nodes reuse numbers. */
  readonly ids: "fill gaps" | "never reuse";
  /** How the process manager distributes nodes over containers; undefined: it has none. */
  readonly placing: Placing | undefined;
  readonly containers: readonly Container[];
  /** Numbers that new nodes must not use, because their folder or a port is in use by something else. */
  readonly taken: ReadonlySet<NodeId>;
  /** Nodes whose folder is unreachable or not their own, with the reason; wnm leaves them alone. */
  readonly doubtful: ReadonlyMap<NodeId, string>;
  /** Unreadable stored values: rows, and settings that a manager in use needs. */
  readonly unreadable: Unreadable;
};

/**
 * The snapshot for rules, with doubtful nodes marked as disabled: they count, but are left alone, because nobody knows
 * what would be lost. Pure.
 */
export const withoutDoubtful = (s: Snapshot): Snapshot =>
  s.doubtful.size === 0
    ? s
    : {
        ...s,
        nodes: s.nodes.map((node) =>
          s.doubtful.has(node.id) ? { ...node, status: "DISABLED", pid: undefined } : node,
        ),
      };

/** True while a process that was asked to end is within its stop_grace; nothing else is done to the node until then. */
export const isEnding = (node: Node, { config, now }: Pick<Snapshot, "config" | "now">): boolean =>
  node.stopping_since !== undefined && graceLeft(node, config.stop_grace, now) > 0;

/** The snapshot for rules, in which an ending node counts as part of the colony but not as running. Pure. */
export const withoutEnding = (s: Snapshot): Snapshot =>
  s.nodes.some((node) => isEnding(node, s))
    ? {
        ...s,
        nodes: s.nodes.map((node) =>
          isEnding(node, s) && !inFlight(node) ? { ...node, status: "DISABLED", pid: undefined } : node,
        ),
      }
    : s;

/** The nodes with one of these statuses. */
export const nodesThatAre = (
  s: Pick<Snapshot, "nodes">,
  ...statuses: readonly NodeStatus[]
): readonly Node[] => s.nodes.filter((node) => statuses.includes(node.status));

/** The number of nodes per status. */
export function countsByStatus(nodes: readonly Node[]): Readonly<Partial<Record<NodeStatus, number>>> {
  const counts: Partial<Record<NodeStatus, number>> = {};
  for (const node of nodes) counts[node.status] = (counts[node.status] ?? 0) + 1;
  return counts;
}

/** True for a node that is down but should run: it crashed, was interrupted, or did not come back after a reboot. */
export const isDown = (node: Node): boolean => node.status === "STOPPED" && node.wanted === "running";

/**
 * True for a node that runs an older version than the program for new nodes. False for an unknown or non-semantic version,
 * and for a node of another generation, which has its own version numbers.
 */
export function isOutdated(
  node: Node,
  binary: { readonly version: string | undefined; readonly software?: Node["software"] },
): boolean {
  return (
    binary.version !== undefined &&
    node.software === binary.software &&
    compareVersions(node.version, binary.version) === "older"
  );
}

/** The number of nodes in flight, each holding a slot of max_concurrent_operations. */
export const inFlightCount = (s: Pick<Snapshot, "nodes">): number => s.nodes.filter(inFlight).length;

/** True for an outdated node whose data the new version can read. */
export const mayUpgrade = (s: Pick<Snapshot, "binary" | "held_back">, node: Node): boolean =>
  isOutdated(node, s.binary) && !s.held_back.has(node.id);

/** How many nodes may be upgraded to the binary's version now: none, one as a trial, or all. */
export function trustIn(s: Snapshot): "none" | "one" | "all" {
  const version = s.binary.version;
  if (version === undefined || s.bad_versions.has(version)) return "none";
  const proven = nodesThatAre(s, "RUNNING").some(
    (node) => node.version === version && node.previous_version === undefined,
  );
  if (proven) return "all";
  return s.nodes.some(isOnProbation) ? "none" : "one";
}
