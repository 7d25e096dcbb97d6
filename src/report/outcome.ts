import type { ForcedNodeAction } from "../decide/force.ts";
import type { Outcome } from "../execute/execute.ts";
import type { Action } from "../model/action.ts";
import { nodeLabel, nodeName } from "../model/node.ts";

/** What the run did, as programs read it: the `Action:` line and --json. */
export type Result = { readonly status: string } & Readonly<Record<string, unknown>>;

/** The statuses of an automatic run: done and failed. Python wnm's words where it has one. */
function tickStatus({ action, ok }: Outcome): string {
  switch (action.type) {
    case "idle":
      return "idle";
    case "survey":
      return "system-rebooted";
    case "add":
      return ok ? "added-node" : "failed-create-node";
    case "start":
      return ok ? "started-node" : "failed-start-node";
    case "stop":
      return ok ? "stopped-node" : "failed-stop-node";
    case "restart":
      return ok ? "restarted-node" : "failed-restart-node";
    case "upgrade":
      return ok ? "upgrading-node" : "upgrade-failed";
    case "rollback":
      return ok ? "rolled-back-node" : "failed-rollback-node";
    case "replace":
      return ok ? "replaced-node" : "failed-replace-node";
    case "remove":
      if (!ok) return "failed-remove-node";
      return action.when === "now" ? "removed-stopped-node" : "removed-running-node";
    case "disable":
    case "enable":
      return `${action.type}d-node`;
    default:
      action satisfies never;
      return "unknown-action";
  }
}

/** Result of an automatic run: the first action's status, and every action. */
export function tickResult(outcomes: readonly Outcome[]): Result {
  const [first] = outcomes;
  if (first === undefined) return { status: "no-actions" };
  if (first.action.type === "idle") return { status: "idle", reason: first.action.reason };
  return { status: tickStatus(first), actions: outcomes.map(item) };
}

const item = (outcome: Outcome) => {
  const { action } = outcome;
  return {
    action: action.type,
    ...("node" in action ? { node: nodeLabel({ id: action.node }) } : {}),
    reason: action.reason,
    success: outcome.ok,
    ...(outcome.ok ? {} : { error: outcome.error }),
  };
};

const PAST: Readonly<Record<Exclude<ForcedNodeAction, "survey">, string>> = {
  add: "added",
  remove: "removed",
  upgrade: "upgraded",
  start: "started",
  stop: "stopped",
  restart: "restarted",
  disable: "disabled",
  enable: "enabled",
};

/** Result of a forced action, in the shape that Python wnm gives for one node and for several. */
export function forceResult(type: ForcedNodeAction, outcomes: readonly Outcome[], by_name: boolean): Result {
  if (type === "survey") {
    const surveyed = outcomes.flatMap(({ action }) => (action.type === "survey" ? action.nodes : []));
    return by_name
      ? {
          status: "survey-complete",
          surveyed_count: surveyed.length,
          surveyed_nodes: surveyed.map((id) => nodeLabel({ id })),
          failed_count: 0,
          failed_nodes: [],
        }
      : { status: "survey-complete", node_count: surveyed.length };
  }
  const past = PAST[type];
  if (outcomes.length === 0) return { status: "no-nodes", message: `No nodes to ${type}` };
  const done = outcomes.filter((outcome) => outcome.ok);
  const [only] = outcomes;
  if (!by_name && outcomes.length === 1 && only?.ok && "node" in only.action) {
    return { status: `${past}-node`, node: nodeName(only.action.node) };
  }
  const names = (list: readonly Outcome[]) =>
    list.flatMap(({ action }) => ("node" in action ? [labelOf(action)] : []));
  const failed = outcomes.flatMap((outcome) =>
    outcome.ok ? [] : [{ service: labelOf(outcome.action), error: outcome.error }],
  );
  return {
    status: `${past}-nodes`,
    [`${past}_count`]: done.length,
    [`${past}_nodes`]: names(done),
    failed_count: failed.length,
    failed_nodes: failed,
  };
}

const labelOf = (action: Action): string => ("node" in action ? nodeLabel({ id: action.node }) : "");
