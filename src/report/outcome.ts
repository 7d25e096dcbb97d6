import type { ForcedNodeAction } from "../decide/force.ts";
import type { Outcome } from "../execute/execute.ts";
import { type Node, nodeLabel, nodeName } from "../model/node.ts";

/** What the run did, as programs read it: the `Action:` line and --json. */
export type Result = { readonly status: string } & Readonly<Record<string, unknown>>;

/** Result of an automatic run: the first action's status, and every action. `nodes` are those before it. */
export function tickResult(outcomes: readonly Outcome[], nodes: readonly Node[], dry_run = false): Result {
  const [first] = outcomes;
  const dry = dry_run ? { dry_run } : {};
  if (first === undefined) return { status: "no-actions", ...dry };
  if (first.action.type === "idle") return { status: "idle", reason: first.action.reason, ...dry };
  return { status: tickStatus(first, nodes, dry_run), ...dry, actions: outcomes.map(item) };
}

/** The statuses of an automatic run: done and failed. Python wnm's words where it has one. */
function tickStatus({ action, ok }: Outcome, nodes: readonly Node[], dry_run: boolean): string {
  const before = "node" in action ? nodes.find((node) => node.id === action.node)?.status : undefined;
  switch (action.type) {
    case "idle":
      return "idle";
    case "survey":
      return "system-rebooted";
    case "add":
      if (dry_run) return "add-node";
      return ok ? "added-node" : "failed-create-node";
    case "start":
      if (dry_run) return "starting-node";
      return ok ? "started-node" : "failed-start-node";
    case "stop":
      return ok ? "stopped-node" : "failed-stop-node";
    case "restart":
      return ok ? "restarted-node" : "failed-restart-node";
    case "upgrade":
      if (before === "STOPPED") return ok ? "upgrading-stopped-node" : "failed-upgrade";
      return ok ? "upgrading-node" : "upgrade-failed";
    case "rollback":
      return ok ? "rolled-back-node" : "failed-rollback-node";
    case "replace":
      return ok ? "replaced-node" : "failed-replace-node";
    case "remove":
      if (!ok) return "failed-remove-node";
      if (before === "DEAD") return "removed-dead-nodes";
      return action.when === "now" ? "removed-stopped-node" : "removed-running-node";
    case "disable":
    case "enable":
      return `${action.type}d-node`;
    default:
      action satisfies never;
      return "unknown-action";
  }
}

const item = (outcome: Outcome) => {
  const { action } = outcome;
  return {
    action: action.type,
    ...("node" in action ? { node: nodeLabel({ id: action.node }) } : {}),
    ...("by" in action ? { by: nodeLabel({ id: action.by }) } : {}),
    reason: action.reason,
    success: outcome.ok,
    ...(outcome.ok ? {} : { error: outcome.error }),
  };
};

/** A forced action and how it went. */
export type Forced = {
  readonly type: ForcedNodeAction;
  readonly by_name: boolean;
  readonly outcomes: readonly Outcome[];
  /** Nodes named that are as they were asked to be already. */
  readonly untouched: readonly { readonly service: string; readonly reason: string }[];
  /** How a teardown removed the nodes. */
  readonly method?: string;
  readonly dry_run: boolean;
};

const PAST: Readonly<Record<Exclude<ForcedNodeAction, "survey" | "teardown">, string>> = {
  add: "added",
  remove: "removed",
  upgrade: "upgraded",
  start: "started",
  stop: "stopped",
  restart: "restarted",
  disable: "disabled",
  enable: "enabled",
};

const NOTHING: Readonly<Record<keyof typeof PAST, string>> = {
  add: "No free number or port for a new node",
  remove: "No nodes to remove",
  upgrade: "No running nodes to upgrade",
  start: "No stopped nodes to start",
  stop: "No running nodes to stop",
  restart: "No running nodes to restart",
  disable: "No nodes to disable",
  enable: "No disabled nodes to enable",
};

/** Result of a forced action, in the shape that Python wnm gives for one node, for several, and for a dry run. */
export function forceResult(forced: Forced): Result {
  const { type, outcomes, by_name, dry_run } = forced;
  if (type === "survey") return surveyResult(forced);
  const [only, ...others] = outcomes;
  if (type === "teardown") {
    if (only === undefined) return { status: "no-nodes", message: "No nodes to remove" };
    const { done, failed, lists } = counted("removed", forced);
    const head = { status: "cluster-teardown", ...(dry_run ? { dry_run } : {}), method: forced.method };
    return failed.length === 0 ? { ...head, removed_count: done.length } : { ...head, ...lists };
  }
  if (only === undefined && !by_name) return { status: "error", message: NOTHING[type] };
  const past = PAST[type];
  const single = !by_name && only?.ok === true && others.length === 0 && "node" in only.action;
  if (single && dry_run && type === "add") return { status: "add-node", node: nodeName(only.action.node) };
  if (single && !dry_run) {
    const status = type === "start" && only.action.type === "upgrade" ? "upgrading-node" : `${past}-node`;
    return { status, node: nodeName(only.action.node) };
  }
  const dry = type === "add" ? "add-nodes-dryrun" : `${type}-dryrun`;
  const { lists } = counted(past, forced);
  return { status: dry_run ? dry : `${past}-nodes`, ...lists };
}

function surveyResult({ outcomes, by_name, dry_run }: Forced): Result {
  const surveyed = outcomes.flatMap(({ action }) => (action.type === "survey" ? action.nodes : []));
  const status = dry_run ? "survey-dryrun" : "survey-complete";
  if (!by_name) return { status, node_count: surveyed.length };
  const names = surveyed.map((id) => nodeLabel({ id }));
  return {
    status,
    surveyed_count: names.length,
    surveyed_nodes: names,
    failed_count: 0,
    failed_nodes: [],
  };
}

/** Counts and names; an empty list is null where nodes were not named, as in Python wnm. */
function counted(past: string, { type, outcomes, by_name, untouched }: Forced) {
  const done = outcomes.filter((outcome) => outcome.ok);
  const upgraded = done.filter(({ action }) => action.type === "upgrade");
  const names = (list: readonly Outcome[]) =>
    listed(list.flatMap(({ action }) => ("node" in action ? [nodeLabel({ id: action.node })] : [])));
  const listed = <T>(list: readonly T[]) => (list.length === 0 && !by_name ? null : list);
  const failed = outcomes.flatMap((outcome) =>
    outcome.ok || !("node" in outcome.action)
      ? []
      : [{ service: nodeLabel({ id: outcome.action.node }), error: outcome.error }],
  );
  const own = type === "start" ? done.filter(({ action }) => action.type === "start") : done;
  const lists = {
    [`${past}_count`]: own.length,
    [`${past}_nodes`]: names(own),
    ...(type === "start" ? { upgraded_count: upgraded.length, upgraded_nodes: names(upgraded) } : {}),
    failed_count: failed.length,
    failed_nodes: listed(failed),
    ...(untouched.length === 0 ? {} : { unchanged_count: untouched.length, unchanged_nodes: untouched }),
  };
  return { done, failed, lists };
}
