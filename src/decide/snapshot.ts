import type { Container, Placing } from "../model/container.ts";
import type { HostMetrics, NodeBinary } from "../model/host.ts";
import { inFlight, type Node, type NodeId, type NodeStatus, type Seconds } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { isOnProbation } from "./lifecycle.ts";

/** Everything that deciding may look at, as it was at `now`. */
export type Snapshot = {
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  readonly nodes: readonly Node[];
  readonly now: Seconds;
  readonly binary: NodeBinary;
  /** New nodes are of a kind that takes as much of the disk as it is let. */
  readonly rationed: boolean;
  /** The operator allows upgrades in this run (--enable_upgrade). */
  readonly upgrades: boolean;
  /** Versions that failed on a node, each with the reason; they are not tried again. */
  readonly bad_versions: ReadonlyMap<string, string>;
  /** This is the first run since the machine booted. */
  readonly rebooted: boolean;
  /** How the process manager numbers new nodes. */
  readonly ids: "fill gaps" | "never reuse";
  /** How the process manager spreads nodes over containers; undefined: it has none. */
  readonly placing: Placing | undefined;
  readonly containers: readonly Container[];
  /** Numbers that no new node may take: a folder or a port of theirs is somebody else's. */
  readonly taken: ReadonlySet<NodeId>;
};

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
 * Runs an older version than the binary that new nodes are made from. Unknown versions are not outdated, nor are nodes
 * of the other generation, whose versions count differently.
 */
export function isOutdated(node: Node, binary: NodeBinary): boolean {
  return (
    node.version !== undefined &&
    binary.version !== undefined &&
    node.software === binary.software &&
    Bun.semver.order(node.version, binary.version) < 0
  );
}

/** Nodes between two settled states; each holds a slot of max_concurrent_operations. */
export const inFlightCount = (s: Pick<Snapshot, "nodes">): number => s.nodes.filter(inFlight).length;

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
