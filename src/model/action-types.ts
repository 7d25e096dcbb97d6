import { type NodeStatus, UP_STATUSES } from "./node-status.ts";

/** How --force_action is used with an action type. */
export type Forcing = {
  /** Which nodes it takes: --count nodes, those of --service_name, or all. */
  readonly target: "count" | "names" | "names or count" | "names or all";
  /** Which nodes --count chooses from; undefined: --count does not choose. */
  readonly among?: readonly NodeStatus[] | "all";
  /** Which of those come first. */
  readonly first?: "oldest" | "youngest";
  /** With --confirm it accepts a named node in any state, even without its disk or key. */
  readonly takes_as_found?: true;
  /** What it does, as --help actions shows it. */
  readonly help: string;
  /** Message of the result when no node fits, in Python wnm's words. */
  readonly nothing: string;
};

/** Everything about an action type except its execution (`execute/`). */
type ActionTypeRow = {
  /** Past participle, in results and reports: "started". */
  readonly past: string;
  /** Statuses of a run's result if they differ from `${past}-node`, `failed-${type}-node`, and `done` for a dry run. */
  readonly result?: { readonly done?: string; readonly failed?: string; readonly planned?: string };
  /** undefined: only rules choose this action. */
  readonly forced?: Forcing;
  /** Costs a node its data, or stops its process because of its own state. Never chosen by rules during a mass failure. */
  readonly destructive: boolean;
  readonly creates_node: boolean;
  readonly starts_process: boolean;
  /**
   * Whether it stops the node's process. "mainly": a failure means that the process did not end, so any other action that
   * stops it would fail too. "also": it can fail for other reasons.
   */
  readonly ends_process: "mainly" | "also" | "no";
  /** Chosen by rules that compare metrics with thresholds. Other actions finish or undo earlier work. */
  readonly by_threshold: boolean;
  /** The node's resulting status; undefined: it does not change. */
  readonly becomes: NodeStatus | undefined;
};

/** Every type of action, in the order of the help. A new one is a row here, a step in `execute/`, and a test. */
export const ACTION_TYPES = {
  add: {
    past: "added",
    result: { failed: "failed-create-node", planned: "add-node" },
    forced: {
      target: "count",
      help: "add --count nodes, whatever the thresholds say",
      nothing: "No free number or port for a new node",
    },
    destructive: false,
    creates_node: true,
    starts_process: true,
    ends_process: "no",
    by_threshold: true,
    becomes: "RESTARTING",
  },
  remove: {
    past: "removed",
    result: { done: "removed-stopped-node" },
    forced: {
      target: "names or count",
      among: "all",
      first: "youngest",
      takes_as_found: true,
      help: "stop and delete the named nodes, or the --count youngest, without waiting for delay_remove",
      nothing: "No nodes to remove",
    },
    destructive: true,
    creates_node: false,
    starts_process: false,
    ends_process: "mainly",
    by_threshold: true,
    becomes: "REMOVING",
  },
  upgrade: {
    past: "upgraded",
    result: { done: "upgrading-node", failed: "upgrade-failed" },
    forced: {
      target: "names or count",
      among: ["RUNNING", "RESTARTING"],
      first: "oldest",
      help: "upgrade the named nodes, or the --count oldest that are outdated, to --antnode_path",
      nothing: "No running nodes to upgrade",
    },
    destructive: true,
    creates_node: false,
    starts_process: true,
    ends_process: "also",
    by_threshold: true,
    becomes: "UPGRADING",
  },
  start: {
    past: "started",
    result: { planned: "starting-node" },
    forced: {
      target: "names or count",
      among: ["STOPPED"],
      first: "oldest",
      takes_as_found: true,
      help: "start the named nodes, or the --count oldest that are stopped",
      nothing: "No stopped nodes to start",
    },
    destructive: false,
    creates_node: false,
    starts_process: true,
    ends_process: "no",
    by_threshold: true,
    becomes: "RESTARTING",
  },
  stop: {
    past: "stopped",
    forced: {
      target: "names or count",
      among: UP_STATUSES,
      first: "youngest",
      help: "stop the named nodes, or the --count youngest; wnm starts them again when there is room",
      nothing: "No running nodes to stop",
    },
    // It relieves the machine, whose overload may be why many nodes fail.
    destructive: false,
    creates_node: false,
    starts_process: false,
    ends_process: "mainly",
    by_threshold: true,
    becomes: "STOPPED",
  },
  restart: {
    past: "restarted",
    forced: {
      target: "names or count",
      among: UP_STATUSES,
      first: "oldest",
      help: "stop and start the named nodes, or the --count oldest",
      nothing: "No running nodes to restart",
    },
    destructive: true,
    creates_node: false,
    starts_process: true,
    ends_process: "mainly",
    by_threshold: true,
    becomes: "RESTARTING",
  },
  disable: {
    past: "disabled",
    forced: {
      target: "names",
      help: "stop the named nodes and leave them alone until they are enabled",
      nothing: "No nodes to disable",
    },
    destructive: false,
    creates_node: false,
    starts_process: false,
    ends_process: "mainly",
    by_threshold: false,
    becomes: "DISABLED",
  },
  enable: {
    past: "enabled",
    forced: {
      target: "names",
      help: "manage the named nodes again",
      nothing: "No disabled nodes to enable",
    },
    destructive: false,
    creates_node: false,
    starts_process: false,
    ends_process: "no",
    by_threshold: false,
    becomes: "STOPPED",
  },
  move: {
    past: "moved",
    forced: {
      target: "names or count",
      among: ["RUNNING", "RESTARTING", "STOPPED"],
      first: "youngest",
      help: "move the named nodes, or the --count youngest, to the storage --to; all of --from when neither is given",
      nothing: "No nodes to move",
    },
    destructive: false,
    creates_node: false,
    starts_process: true,
    ends_process: "also",
    by_threshold: false,
    becomes: "MIGRATING",
  },
  rollback: {
    past: "rolled-back",
    destructive: false,
    creates_node: false,
    starts_process: true,
    ends_process: "also",
    by_threshold: false,
    becomes: "RESTARTING",
  },
  hold: {
    past: "held-back",
    destructive: true,
    creates_node: false,
    starts_process: false,
    ends_process: "mainly",
    by_threshold: false,
    becomes: "STOPPED",
  },
  replace: {
    past: "replaced",
    destructive: true,
    creates_node: true,
    starts_process: true,
    ends_process: "mainly",
    by_threshold: true,
    becomes: "REMOVING",
  },
  survey: {
    past: "surveyed",
    result: { done: "system-rebooted" },
    forced: {
      target: "names or all",
      among: "all",
      help: "ask the nodes how they are, and store the answers; with --report, before it is written",
      nothing: "No nodes to survey",
    },
    destructive: false,
    creates_node: false,
    starts_process: false,
    ends_process: "no",
    by_threshold: false,
    becomes: undefined,
  },
  idle: {
    past: "idle",
    result: { done: "idle" },
    destructive: false,
    creates_node: false,
    starts_process: false,
    ends_process: "no",
    by_threshold: false,
    becomes: undefined,
  },
} as const satisfies Readonly<Record<string, ActionTypeRow>>;

export type ActionType = keyof typeof ACTION_TYPES;

export const ACTION_TYPE_NAMES = Object.keys(ACTION_TYPES) as readonly ActionType[];

/** The row of an action type with its value types widened. */
export const actionTypeOf = (type: ActionType): ActionTypeRow => ACTION_TYPES[type];

/** The action types whose row matches. */
export const actionTypesThat = (fits: (row: ActionTypeRow) => boolean): readonly ActionType[] =>
  ACTION_TYPE_NAMES.filter((type) => fits(ACTION_TYPES[type]));

/** Action types that --force_action accepts. */
export type ForcedActionType = {
  [T in ActionType]: (typeof ACTION_TYPES)[T] extends { forced: Forcing } ? T : never;
}[ActionType];

/** What --force_action can do to nodes. A teardown removes all of them. */
export type ForcedAction = ForcedActionType | "teardown";

export const FORCED_NODE_ACTIONS: readonly ForcedAction[] = [
  ...(actionTypesThat(({ forced }) => forced !== undefined) as readonly ForcedActionType[]),
  "teardown",
];

/** The `forced` part of the row of an action type. */
export const forcingOf = (type: ForcedActionType): Forcing => ACTION_TYPES[type].forced;
