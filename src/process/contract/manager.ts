import type { WnmError } from "../../base/errors.ts";
import type { Container, Placing } from "../../model/container.ts";
import type { Finding } from "../../model/finding.ts";
import type { Node, NodeId, ProcessIdentity, SoftwareKind } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import type { OperatorProgram } from "../../model/program-path.ts";
import type { Discovery } from "./found-node.ts";

/** How a node is to be run. */
export type Launch = {
  /** The program that the node's own copy is made from. */
  readonly program: string;
  /** Nodes that wnm made in the same storage under the same manager, this one too: equal programs may be one file. */
  readonly twins?: readonly Pick<Node, "root_dir" | "binary">[];
  /** The same program, when only root and the operator can have written it; wnm runs no other to ask its version. */
  readonly runnable?: OperatorProgram | undefined;
  readonly args: readonly string[];
  /** The node's complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text files that must be in the node's folder, with exactly this text, before it starts. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  /** UDP port for browsers, beside the node's own; undefined: none. */
  readonly webrtc_port?: number | undefined;
  /** File name of its identity key in the node's folder. */
  readonly key_file?: string;
  /** Where it lives, when its manager has containers. */
  readonly container?: Container;
  /** Folders outside its own that every node writes to. */
  readonly shared?: readonly string[];
};

/** A node and how it is to be run. */
export type Start = { readonly node: Node; readonly launch: Launch };

/** Folders that may hold nodes' files; nothing outside them is ever deleted. */
export type AllowedFolders = { readonly storages: readonly string[]; readonly logs: string };

/** What a manager may choose for a node: its name there, and where its files are. */
export type Placement = Pick<Node, "service" | "binary" | "root_dir" | "log_dir">;

/** The containers of a manager whose nodes live in some. */
export interface Containers {
  readonly placing: Placing;
  /** Name of the container with this number that the node is to live in. */
  nameFor(id: number, node: Node): string;
  /** Containers of the nodes of the latest `inspect`, by name. */
  seen(): ReadonlyMap<string, { readonly engine_id: string; readonly status: string }>;
  /** Stops and removes a container that holds no node; a missing one is no error. */
  remove(container: Container): Promise<void>;
}

/**
 * Runs nodes by one means (systemd, setsid …) and with the access of one account.
 *
 * Every method may be called again after a kill at any point, ends in the same state, and verifies its result. It
 * throws WnmError when it cannot do its work. A manager never writes the database, changes the firewall or talks to a
 * node.
 */
export interface ProcessManager {
  /** How new nodes get their numbers. */
  readonly ids: "fill gaps" | "never reuse";
  /** Generations that it can run; undefined: all. */
  readonly runs?: readonly SoftwareKind[];
  /** The manager restarts a node automatically when it ends. */
  readonly supervised: boolean;
  /** Works as root, so the firewall may be opened for its nodes' ports. */
  readonly privileged?: boolean;
  /** Throws WnmError, with the command that helps, when this machine cannot run nodes this way now. */
  readonly ready?: () => void;
  /** What the operator has to mend before relying on this manager. */
  readonly findings?: () => readonly Finding[];
  /** Set when nodes live in containers. */
  readonly containers?: Containers;
  /** Account that nodes run as, and its home folder. */
  readonly account: { readonly user: string; readonly home: string };
  /** Makes folders, program copy and definition; existing ones stay. Does not start the node. */
  create(node: Node, launch: Launch): Promise<void>;
  /**
   * Where `create` put the node, when the manager chooses that; the node's row then records it. undefined after a
   * `create` that failed: nothing was made, and the node's number is free.
   */
  placementOf?(node: Node): Placement | undefined;
  /** Starts a created node; a running one is left alone. Throws EndedAtOnce when it ends within moments. */
  start(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** Starts many nodes with as few calls as one takes; returns a result per node. */
  startAll?(starts: readonly Start[]): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError | undefined>>;
  /**
   * Ends the node and all its processes. It is asked to end, unless its `stopping_since` says that it was; by force it
   * is ended once its stop_grace is over, or when its supervisor does so. Throws StillStopping when it lives on and has
   * time left. Its data stay.
   */
  stop(node: Node): Promise<void>;
  /**
   * Ends, as `stop` does, and starts the node without the mark that `stop` leaves against an automatic start; a kill in between must
   * not leave that mark on a running node. Managers without such a mark do not need it.
   */
  restart?(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /**
   * Replaces the node's program by `launch.program`, then ends the node, as `stop` does, and starts it. When the program cannot be replaced, it
   * throws and the node keeps running.
   */
  upgrade(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** Takes other accounts' access to the node's folders, and to the key of that name, away. */
  close?(node: Node, key_file: string): Promise<void>;
  /** Deletes definition, data and logs of a stopped node. */
  remove(node: Node, allowedFolders: AllowedFolders): Promise<void>;
  /** Deletes the folder that a node has moved away from; only managers whose nodes can be moved. */
  removeFolder?(path: string, storage: string): Promise<void>;
  /** The state of each node's process, asked for all nodes at once. */
  inspect(nodes: readonly Node[]): Promise<ReadonlyMap<NodeId, ProcessState>>;
  /**
   * Every node of this manager on this machine, in the colony or not, by its definition or process. Changes nothing.
   * What looks like a node but is none, or is not ours, is left out with the reason.
   */
  discover(): Promise<Discovery>;
  /** Deletes all of its nodes, which are those given, in one call; only where the manager can. */
  reset?(nodes: readonly Node[], allowedFolders: AllowedFolders): Promise<void>;
  /** Called once after the last action of a run, for work that is cheaper once than per action. */
  finish?(): Promise<void>;
}
