import type { Container } from "../model/container.ts";
import type { HostMetrics, NodeBinary, Paths } from "../model/host.ts";
import type { ManagerKind, Node, NodeId, Seconds } from "../model/node.ts";
import type { Grounds, ProcessManager } from "../process/manager.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Store } from "../store/store.ts";

/** What actions work with. `nodes` is the colony as the actions so far have left it. */
export type Tools = {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  /** wnm upgrades nodes in this run, so those that it starts do not upgrade themselves. */
  readonly upgrades: boolean;
  readonly paths: Paths;
  readonly grounds: Grounds;
  /** The program that new nodes are made from. */
  readonly binary: NodeBinary;
  /** What a program says of itself; remembered. */
  readonly describe: (path: string) => Promise<NodeBinary>;
  /** Remembers the same of a copy that has just been made of the program. */
  readonly copied: (binary: NodeBinary, path: string) => void;
  readonly manager: (kind: ManagerKind) => ProcessManager;
  readonly now: () => Seconds;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly log: (line: string) => void;
  readonly nodes: Map<NodeId, Node>;
  /** The colony's containers by number, as the actions so far have left them. */
  readonly containers: Map<number, Container>;
};

/** Remembers the node's new state, in memory and on the disk, before anything else happens. */
export function keep(tools: Tools, node: Node): Node {
  tools.store.save({ nodes: [node] });
  tools.nodes.set(node.id, node);
  return node;
}

/** Forgets a node whose every trace is gone. */
export function forget(tools: Tools, node: Node): void {
  tools.store.drop(node.id);
  tools.nodes.delete(node.id);
}
