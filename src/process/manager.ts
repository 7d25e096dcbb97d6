import type { WnmError } from "../errors.ts";
import type { Container, Placing } from "../model/container.ts";
import type { Node, NodeId, ProcessIdentity } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import type { Discovery } from "./found.ts";

/** How a node is to be run. */
export type Launch = {
  /** The program that the node's own copy is made from. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of the node's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text files that have to be in the node's folder, as they are here, before it starts. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  /** Where it lives, when its manager has containers. */
  readonly container?: Container;
};

/** A node and how it is to be run. */
export type Start = { readonly node: Node; readonly launch: Launch };

/** Where nodes' files may be; nothing outside is ever deleted. */
export type Grounds = { readonly storages: readonly string[]; readonly logs: string };

/** What a manager may choose itself for a node: its name there, and where its files are. */
export type Placement = Pick<Node, "service" | "binary" | "root_dir" | "log_dir">;
/** What managers whose nodes live in containers can do with these. */
export interface Containers {
  readonly placing: Placing;
  /** Name of the container with this number that the node is to live in. */
  nameFor(id: number, node: Node): string;
  /** What the latest `inspect` of nodes saw of their containers, by name. */
  seen(): ReadonlyMap<string, { readonly engine_id: string; readonly status: string }>;
  /** Stops and removes a container that no node lives in; one that is gone is no error. */
  remove(container: Container): Promise<void>;
}

/**
 * Runs nodes by one means (systemd, setsid …) with one account's rights.
 *
 * Each method may be called again after a crash at any point and ends in the same state; each verifies what it did.
 * A method that cannot do its work throws WnmError. A manager never writes the database, never opens ports in the
 * firewall and never asks the node itself.
 */
export interface ProcessManager {
  /** How numbers are given to new nodes. */
  readonly ids: "fill gaps" | "never reuse";
  /** Starts a node again by itself when it ends. */
  readonly supervised: boolean;
  /** Works with root's rights, so that the ports of its nodes may be opened in the firewall. */
  readonly privileged?: boolean;
  /** Throws WnmError when what runs the nodes is not there, with the command that helps. */
  readonly ready?: () => void;
  /** What the operator has to know before relying on this manager: sentences with the command that helps. */
  readonly warnings?: () => readonly string[];
  /** Set when nodes live in containers. */
  readonly containers?: Containers;
  /** Account that nodes run as, and its home folder. */
  readonly account: { readonly user: string; readonly home: string };
  /** Makes folders, program copy and definition; what is there stays. Does not start the node. */
  create(node: Node, launch: Launch): Promise<void>;
  /** Where `create` has put the node, when the manager chooses that itself: its row is to say so from then on. */
  placementOf?(node: Node): Placement | undefined;
  /** Starts a created node; one that runs already is left alone. Throws when it ends at once. */
  start(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** `start` of many nodes with the calls of one; tells of each how it ended. */
  startAll?(starts: readonly Start[]): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError | undefined>>;
  /** Ends the node and all its processes: politely, then by force. Its data stay. */
  stop(node: Node): Promise<void>;
  /**
   * Ends the node and starts it again, where `stop` would leave a mark that it is not to come back by itself: a kill in
   * between must not leave that mark on a node that runs. Without it, `stop` and `start` are as good.
   */
  restart?(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /**
   * Puts `launch.program` in the place of the node's program, then ends the node and starts it anew. When the program
   * cannot be put there the node runs on as it was, and it throws.
   */
  upgrade(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** Deletes definition, data and logs of a stopped node. */
  remove(node: Node, grounds: Grounds): Promise<void>;
  /** The state of each node's process, all asked at once. */
  inspect(nodes: readonly Node[]): Promise<ReadonlyMap<NodeId, ProcessState>>;
  /**
   * Every node of this means that is there, known to the colony or not, as definitions and processes show it. Nothing
   * is changed; what looks like a node and is none, or is somebody else's, is told with the reason.
   */
  discover(): Promise<Discovery>;
  /** Deletes all of its nodes, which are those given, in one call; only where the means itself can. */
  reset?(nodes: readonly Node[], grounds: Grounds): Promise<void>;
  /** Called once after the last action of a run, for what is better done once than after each. */
  finish?(): Promise<void>;
}
