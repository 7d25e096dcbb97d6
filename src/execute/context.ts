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

/** Everything that actions need. `nodes` and `containers` are updated by each action. */
export type ExecutionContext = {
  readonly store: Store;
  readonly config: MachineConfig;
  readonly metrics: HostMetrics;
  /** The file systems that hold nodes. */
  readonly disks: readonly Disk[];
  /** wnm upgrades nodes in this run, so nodes it starts must not upgrade themselves. */
  readonly upgrades: boolean;
  readonly paths: Paths;
  readonly allowedFolders: AllowedFolders;
  /** Checks of the disk, repeated before each action. */
  readonly disk: {
    /** Why the storage must not be touched; undefined when it is present and belongs to the colony. */
    readonly storageProblem: (folder: string) => string | undefined;
    readonly nodeFolder: FolderLook;
    /** False when the folder is on a share where a write would hang. */
    readonly takesChanges: (folder: string) => Promise<boolean>;
    /** False when the file is on a share where opening it would hang. */
    readonly opens: (file: string) => Promise<boolean>;
  };
  /** Nodes that the operator named with --confirm, whose folder or disk counts as lost. */
  readonly givenUp: ReadonlySet<NodeId>;
  /** The program that new nodes are made from. */
  readonly binary: NodeBinary;
  /** Identifies a node's program file by content, without running it. */
  readonly identify: (path: NodeFile) => Identified;
  /** Describes wnm's copy of an operator's program; without a version if its content is unknown. */
  readonly keptProgram: (path: string) => NodeBinary;
  /** Records that the program was just copied to this path. */
  readonly noteCopied: (binary: NodeBinary, path: NodeFile) => void;
  readonly manager: (kind: ManagerKind) => ProcessManager;
  readonly now: () => Seconds;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  /** Logs a warning about something an action found. */
  readonly warn: (line: string) => void;
  /** Called before each action. */
  readonly begins: (action: Action) => void;
  /** Called with the progress of a long action. */
  readonly goesOn: (line: string) => void;
  /** Called with the outcome of each action. */
  readonly ended: (outcome: Outcome) => void;
  /** For events: who asked for the run, and the machine's state when it began. */
  readonly cause: Omit<Circumstances, "at">;
  /** The current actions; the events of their steps give the same reason. */
  readonly actions: readonly Action[];
  /** Nodes whose failure in the current actions is already stored as an event. */
  readonly recorded: Set<NodeId>;
  readonly nodes: Map<NodeId, Node>;
  /** The colony's containers by number. */
  readonly containers: Map<number, Container>;
};

/** Saves the node's new state and its event, in memory and on disk, before anything else happens. */
export function keep(context: ExecutionContext, node: Node): Node {
  const event = eventOf(context, context.nodes.get(node.id), node);
  context.store.save({ nodes: [node], ...(event && { events: [event] }) });
  context.nodes.set(node.id, node);
  if (event?.kind === "failed") context.recorded.add(node.id);
  return node;
}

/** Deletes the row of a node, after everything else of it is gone. */
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

/** Stores a failure event for the action unless there is one already. */
export function recordFailureEvent(context: ExecutionContext, action: Action, because: string): void {
  if (!("node" in action) || context.recorded.has(action.node)) return;
  const status = context.nodes.get(action.node)?.status;
  const event: ColonyEvent = {
    ...context.cause,
    ...{ at: context.now(), node: action.node, kind: "failed", from_status: status, to_status: status },
    reason: `${action.type}: ${because}`,
  };
  context.store.save({ events: [event] });
}
