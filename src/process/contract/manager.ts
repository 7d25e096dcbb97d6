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
  /** wnm's nodes in the same storage under the same manager, including this one: equal programs may share one file. */
  readonly twins?: readonly Pick<Node, "root_dir" | "binary">[];
  /** The same program if only root and the operator can write it: the only kind that wnm itself may execute. */
  readonly runnable?: OperatorProgram | undefined;
  readonly args: readonly string[];
  /** The node's complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text files that must be in the node's folder, with exactly this text, before it starts. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  /** UDP port for browsers, in addition to the node's own; undefined: none. */
  readonly webrtc_port?: number | undefined;
  /** File name of its identity key in the node's folder. */
  readonly key_file?: string;
  /** The container it belongs to, if its manager has containers. */
  readonly container?: Container;
  /** Folders outside its own that every node writes to. */
  readonly shared?: readonly string[];
};

/** A node and how it is to be run. */
export type Start = { readonly node: Node; readonly launch: Launch };

/** Folders that may hold nodes' files; nothing outside them is ever deleted. */
export type AllowedFolders = { readonly storages: readonly string[]; readonly logs: string };

/** What a manager may choose for a node: its service name and the location of its files. */
export type Placement = Pick<Node, "service" | "binary" | "root_dir" | "log_dir">;

/** The containers of a manager that runs nodes in containers. */
export interface Containers {
  readonly placing: Placing;
  /** The name of the container with this number, for this node. */
  nameFor(id: number, node: Node): string;
  /** Containers of the nodes of the latest `inspect`, by name. */
  seen(): ReadonlyMap<string, { readonly engine_id: string; readonly status: string }>;
  /** Stops and removes a container that holds no node; a missing one is no error. */
  remove(container: Container): Promise<void>;
}

/**
 * Runs nodes by one means (systemd, setsid …) with the permissions of one account.
 *
 * Every method is idempotent, also after a kill at any point, and verifies its result. It throws WnmError when it cannot
 * do its work. A manager never writes the database, changes the firewall or talks to a node.
 */
export interface ProcessManager {
  /** Whether new nodes may get the numbers of removed ones. */
  readonly ids: "fill gaps" | "never reuse";
  /** Node programs that it can run; undefined: all. */
  readonly runs?: readonly SoftwareKind[];
  /** The manager restarts a node automatically when it ends. */
  readonly supervised: boolean;
  /** Works as root, so wnm may open the firewall for its nodes' ports. */
  readonly privileged?: boolean;
  /** Throws WnmError, with the command that fixes it, when this machine cannot run nodes this way now. */
  readonly ready?: () => void;
  /** Problems that the operator must fix before relying on this manager. */
  readonly findings?: () => readonly Finding[];
  /** Set when nodes live in containers. */
  readonly containers?: Containers;
  /** Account that nodes run as, and its home folder. */
  readonly account: { readonly user: string; readonly home: string };
  /** Creates folders, program copy and definition; existing ones stay. Does not start the node. */
  create(node: Node, launch: Launch): Promise<void>;
  /**
   * Where `create` put the node, if the manager chooses that; recorded in the node's row. undefined after a failed
   * `create`: nothing was created, and the node's number is free.
   */
  placementOf?(node: Node): Placement | undefined;
  /** Starts a created node; a running one is left alone. Throws EndedAtOnce when it ends within moments. */
  start(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** Starts many nodes with as few calls as one takes; returns a result per node. */
  startAll?(starts: readonly Start[]): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError | undefined>>;
  /**
   * Stops the node and all its processes: asks it to end, unless `stopping_since` says it was asked, and kills it once
   * stop_grace is over (or its supervisor does). Throws StillStopping while it runs and has time left. Keeps its data.
   */
  stop(node: Node): Promise<void>;
  /**
   * Stops the node as `stop` does and starts it, but without disabling its automatic start in between: a kill would leave
   * a running node disabled. Managers whose `stop` disables nothing do not need this.
   */
  restart?(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /**
   * Replaces the node's program with `launch.program`, then stops the node as `stop` does, and starts it. Throws, with the
   * node still running, when the program cannot be replaced.
   */
  upgrade(node: Node, launch: Launch): Promise<ProcessIdentity | undefined>;
  /** Removes other accounts' access to the node's folders and to its key file. */
  close?(node: Node, key_file: string): Promise<void>;
  /** Deletes definition, data and logs of a stopped node. */
  remove(node: Node, allowedFolders: AllowedFolders): Promise<void>;
  /** Deletes the old folder of a moved node; only for managers that support moves. */
  removeFolder?(path: string, storage: string): Promise<void>;
  /** The state of each node's process, queried for all nodes at once. */
  inspect(nodes: readonly Node[]): Promise<ReadonlyMap<NodeId, ProcessState>>;
  /**
   * Finds every node of this manager on this machine, in the colony or not, by definition or process. Changes nothing.
   * What looks like a node but is none, or belongs to another account, is left out with the reason.
   */
  discover(): Promise<Discovery>;
  /** Deletes all nodes of the manager, which must be those given, in one call; only if the manager supports it. */
  reset?(nodes: readonly Node[], allowedFolders: AllowedFolders): Promise<void>;
  /** Called once after the last action of a run, for work that is cheaper once than per action. */
  finish?(): Promise<void>;
}
