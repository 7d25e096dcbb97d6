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

/** Everything that deciding may look at, as it was at `now`. */
export type Snapshot = {
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  /** The file systems that hold nodes and that can be looked at; `metrics` is of the first. */
  readonly disks: readonly Disk[];
  /** What was measured of each disk before, and now, by its name; kept only where there are several. */
  readonly disk_histories: ReadonlyMap<string, DiskHistory>;
  /** What was measured before, and now. */
  readonly history: History;
  readonly nodes: readonly Node[];
  /** Bytes that nodes were found to hold; looked for only while the disk is too full. */
  readonly disk_use: ReadonlyMap<NodeId, number>;
  readonly now: Seconds;
  readonly binary: NodeBinary;
  /** The operator allows upgrades in this run (--enable_upgrade). */
  readonly upgrades: boolean;
  /** Why a node that is added now could not work, for people; undefined: it could, or none may be added. */
  readonly no_new_node?: string | undefined;
  /** Versions that failed on a node, each with the reason; they are not tried again. */
  readonly bad_versions: ReadonlyMap<string, string>;
  /** Nodes that may not have the binary's version, each with the reason; only where upgrades are allowed. */
  readonly held_back: ReadonlyMap<NodeId, string>;
  /** This is the first run since the machine booted. */
  readonly rebooted: boolean;
  /** How the process manager numbers new nodes. */
  readonly ids: "fill gaps" | "never reuse";
  /** How the process manager spreads nodes over containers; undefined: it has none. */
  readonly placing: Placing | undefined;
  readonly containers: readonly Container[];
  /** Numbers that no new node may take, because their folder or one of their ports is in use by others. */
  readonly taken: ReadonlySet<NodeId>;
  /** Nodes whose folder cannot be looked at, or is not the one that they had, each with the reason: nothing is done to them. */
  readonly doubtful: ReadonlyMap<NodeId, string>;
  /** What the colony stores and cannot read: settings that some manager in use reads, and rows. */
  readonly unreadable: Unreadable;
};

/** The snapshot for rules: a doubtful node counts, and is left alone like a disabled one. Pure. */
export const withoutDoubtful = (s: Snapshot): Snapshot =>
  s.doubtful.size === 0
    ? s
    : {
        ...s,
        nodes: s.nodes.map((node) =>
          s.doubtful.has(node.id) ? { ...node, status: "DISABLED", pid: undefined } : node,
        ),
      };

/** Its process was asked to end and still has time for that; until then nothing else is done to it. */
export const isEnding = (node: Node, { config, now }: Pick<Snapshot, "config" | "now">): boolean =>
  node.stopping_since !== undefined && graceLeft(node, config.stop_grace, now) > 0;

/** The snapshot for rules: a node that is ending does not count as running, unless it still holds a slot. Pure. */
export const withoutEnding = (s: Snapshot): Snapshot =>
  s.nodes.some((node) => isEnding(node, s))
    ? {
        ...s,
        nodes: s.nodes.map((node) =>
          isEnding(node, s) && !inFlight(node) ? { ...node, status: "DISABLED", pid: undefined } : node,
        ),
      }
    : s;

/** Nodes of these statuses. */
export const nodesThatAre = (
  s: Pick<Snapshot, "nodes">,
  ...statuses: readonly NodeStatus[]
): readonly Node[] => s.nodes.filter((node) => statuses.includes(node.status));

/** How many nodes have each status. */
export function countsByStatus(nodes: readonly Node[]): Readonly<Partial<Record<NodeStatus, number>>> {
  const counts: Partial<Record<NodeStatus, number>> = {};
  for (const node of nodes) counts[node.status] = (counts[node.status] ?? 0) + 1;
  return counts;
}

/** Down although it should run: it crashed, was interrupted, or did not come back after a reboot. */
export const isDown = (node: Node): boolean => node.status === "STOPPED" && node.wanted === "running";

/**
 * Runs an older version than the binary that new nodes are made from. Versions that are unknown or no semantic ones are not outdated, nor are nodes
 * of the other generation, whose versions count differently.
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

/** Nodes between two settled states; each holds a slot of max_concurrent_operations. */
export const inFlightCount = (s: Pick<Snapshot, "nodes">): number => s.nodes.filter(inFlight).length;

/** Outdated, and what it holds can be read by the binary's version. */
export const mayUpgrade = (s: Pick<Snapshot, "binary" | "held_back">, node: Node): boolean =>
  isOutdated(node, s.binary) && !s.held_back.has(node.id);

/** How much of the colony may go to the binary's version now: none of it, one node to try it, or all. */
export function trustIn(s: Snapshot): "none" | "one" | "all" {
  const version = s.binary.version;
  if (version === undefined || s.bad_versions.has(version)) return "none";
  const proven = nodesThatAre(s, "RUNNING").some(
    (node) => node.version === version && node.previous_version === undefined,
  );
  if (proven) return "all";
  return s.nodes.some(isOnProbation) ? "none" : "one";
}
