import type { Circumstances } from "../decide/events/circumstances.ts";
import { eventOfStep } from "../decide/events/done.ts";
import type { Action } from "../model/action.ts";
import type { Container } from "../model/container.ts";
import type { Disk } from "../model/disk.ts";
import type { ColonyEvent } from "../model/event.ts";
import type { HostMetrics, NodeBinary, Paths } from "../model/host.ts";
import type { ManagerKind, Node, NodeId, Seconds } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Identified } from "../model/program.ts";
import type { NodeFile } from "../model/program-path.ts";
import type { FolderLook } from "../observe/node-folder.ts";
import type { AllowedFolders, ProcessManager } from "../process/contract/manager.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Store } from "../store/colony.ts";

/** What actions work with. `nodes` and `containers` are the colony as the actions so far have left it. */
export type ExecutionContext = {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  /** The file systems that hold nodes. */
  readonly disks: readonly Disk[];
  /** wnm upgrades nodes in this run, so the nodes it starts must not upgrade themselves. */
  readonly upgrades: boolean;
  readonly paths: Paths;
  readonly allowedFolders: AllowedFolders;
  /** The disk, looked at again before each action. */
  readonly disk: {
    /** Why the storage must not be touched; undefined when it is there and is the colony's. */
    readonly storageProblem: (folder: string) => string | undefined;
    readonly nodeFolder: FolderLook;
    /** False when the folder lies on a share where a write would not end. */
    readonly takesChanges: (folder: string) => Promise<boolean>;
    /** False when the file lies on a share where opening it would not end. */
    readonly opens: (file: string) => Promise<boolean>;
  };
  /** Nodes that the operator named with --confirm: the contents of their folder or disk are given up as lost. */
  readonly givenUp: ReadonlySet<NodeId>;
  /** The program that new nodes are made from. */
  readonly binary: NodeBinary;
  /** What a node's program file is; it is not run. */
  readonly identify: (path: NodeFile) => Identified;
  /** A copy of the operator's program that wnm keeps; without a version when its content is not known. */
  readonly keptProgram: (path: string) => NodeBinary;
  /** Records that the program has just been copied to this path. */
  readonly noteCopied: (binary: NodeBinary, path: NodeFile) => void;
  readonly manager: (kind: ManagerKind) => ProcessManager;
  readonly now: () => Seconds;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  /** Warns the operator about what an action found. */
  readonly warn: (line: string) => void;
  /** Called before an action is carried out. */
  readonly begins: (action: Action) => void;
  /** Called with how far a long action is. */
  readonly goesOn: (line: string) => void;
  /** Called when it is known how an action went. */
  readonly ended: (outcome: Outcome) => void;
  /** Who asked for the run, and the machine when it began: for the events. */
  readonly cause: Omit<Circumstances, "at">;
  /** What is being done; the events of its steps give its reason. */
  readonly actions: readonly Action[];
  /** Nodes whose failure in these actions is already stored as an event. */
  readonly recorded: Set<NodeId>;
  readonly nodes: Map<NodeId, Node>;
  /** The colony's containers by number. */
  readonly containers: Map<number, Container>;
};

/** Saves the node's new state, to disk and in memory, with the event of it, before anything else happens. */
export function keep(context: ExecutionContext, node: Node): Node {
  const event = eventOf(context, context.nodes.get(node.id), node);
  context.store.save({ nodes: [node], ...(event && { events: [event] }) });
  context.nodes.set(node.id, node);
  if (event?.kind === "failed") context.recorded.add(node.id);
  return node;
}

/** Deletes the row of a node when nothing else is left. */
export function forget(context: ExecutionContext, node: Node): void {
  context.store.drop(node.id, eventOf(context, node, undefined));
  context.nodes.delete(node.id);
}

const eventOf = (
  context: ExecutionContext,
  before: Node | undefined,
  after: Node | undefined,
): ColonyEvent | undefined =>
  eventOfStep(context.actions, before, after, { ...context.cause, at: context.now() });

/** Stores that an action failed, if no event says so yet. */
export function tellFailure(context: ExecutionContext, action: Action, because: string): void {
  if (!("node" in action) || context.recorded.has(action.node)) return;
  const status = context.nodes.get(action.node)?.status;
  const event: ColonyEvent = {
    ...context.cause,
    ...{ at: context.now(), node: action.node, kind: "failed", from_status: status, to_status: status },
    reason: `${action.type}: ${because}`,
  };
  context.store.save({ events: [event] });
}
