import { type ActionType, actionTypeOf } from "../model/action-types.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";

/** What the run did, as programs read it: the `Action:` line and --json. */
export type Result = { readonly status: string } & Readonly<Record<string, unknown>>;

/** Result of an automatic run: the status of its first action, and every action. `nodes` are the nodes before it. */
export function runResult(outcomes: readonly Outcome[], nodes: readonly Node[], dry_run = false): Result {
  const [first] = outcomes;
  const dry = dry_run ? { dry_run } : {};
  if (first === undefined) return { status: "no-actions", ...dry };
  if (first.action.type === "idle") return { status: "idle", reason: first.action.reason, ...dry };
  return { status: statusOf(first, nodes, dry_run), ...dry, actions: outcomes.map(item) };
}

/** True for an action that a later run finishes. */
export const isUnderWay = (outcome: Outcome): outcome is Outcome & { readonly under_way: string } =>
  outcome.ok && outcome.under_way !== undefined;

/** Status of a result whose action a later run finishes. */
export const underWay = (type: ActionType): string => `${type}-under-way`;

/** The status of an automatic run, in Python wnm's words where it has one. */
function statusOf(outcome: Outcome, nodes: readonly Node[], dry_run: boolean): string {
  const { action, ok } = outcome;
  const { type } = action;
  if (isUnderWay(outcome)) return underWay(type);
  const { past, result = {} } = actionTypeOf(type);
  const before = "node" in action ? nodes.find((node) => node.id === action.node)?.status : undefined;
  if (type === "upgrade" && before === "STOPPED") return ok ? "upgrading-stopped-node" : "failed-upgrade";
  if (!ok) return result.failed ?? `failed-${type}-node`;
  if (type === "remove" && before === "DEAD") return "removed-dead-nodes";
  if (type === "remove" && action.when === "after delay") return "removed-running-node";
  const done = result.done ?? `${past}-node`;
  return dry_run ? (result.planned ?? done) : done;
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
    ...(isUnderWay(outcome) ? { under_way: outcome.under_way } : {}),
  };
};
