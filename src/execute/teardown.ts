import { dirname } from "node:path";
import { failureOf, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Action } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { type ExecutionContext, forget, keep } from "./context.ts";
import { execute } from "./execute.ts";
import { undoRemoval, wasRefused } from "./undo-removal.ts";

/** The result of a teardown, done in one call if the manager can, else node by node. */
export type Teardown = {
  readonly method: "manager-specific" | "individual-remove";
  readonly outcomes: readonly Outcome[];
};

/** Removes the nodes of the plan, all at once if their manager can, else `gap` milliseconds apart. */
export async function teardown(
  plan: readonly Action[],
  context: ExecutionContext,
  gap: number,
): Promise<Teardown> {
  const outcomes: Outcome[] = [];
  let method: Teardown["method"] = "individual-remove";
  const groups = Map.groupBy(plan, (action) => nodeIn(action, context)?.manager_type);
  for (const [kind, group] of groups) {
    const manager = kind === undefined ? undefined : context.manager(kind);
    const [first, ...rest] = group;
    if (manager?.reset !== undefined && group.every((action) => mayReset(action, context))) {
      method = "manager-specific";
      outcomes.push(...(await resetAll(group, manager, context)));
    } else if (first !== undefined) {
      outcomes.push(...(await execute([first, ...rest], context, gap)));
    }
  }
  return { method, outcomes };
}

/** True when the node may be part of a reset, which removes all nodes together: each must be removable. */
function mayReset(action: Action, context: ExecutionContext): boolean {
  const node = nodeIn(action, context);
  if (node === undefined) return true;
  return (
    context.disk.storageProblem(dirname(node.root_dir)) === undefined &&
    context.disk.nodeFolder(node).is !== "unknown"
  );
}

const nodeIn = (action: Action, context: ExecutionContext): Node | undefined =>
  "node" in action ? context.nodes.get(action.node) : undefined;

async function resetAll(
  group: readonly Action[],
  manager: ProcessManager,
  run: ExecutionContext,
): Promise<readonly Outcome[]> {
  const context: ExecutionContext = { ...run, actions: group, recorded: new Set() };
  const nodes = group.flatMap((action) => nodeIn(action, context) ?? []);
  for (const action of group) context.begins(action);
  const removing = nodes.map((node) => keep(context, BECOMES.removing(node, "by hand", context.now())));
  const failure = await failureOf(async () => manager.reset?.(removing, context.allowedFolders));
  const problem = failure instanceof WnmError ? failure.message : "it is still there after the reset";
  const states = await manager.inspect(removing);
  const outcomes: Outcome[] = [];
  for (const action of group) {
    const node = nodes.find(({ id }) => "node" in action && action.node === id);
    const isLeft = node !== undefined && states.get(node.id)?.state !== "missing";
    const lost = node && context.disk.storageProblem(dirname(node.root_dir));
    if (isLeft && wasRefused(failure)) await undoRemoval(context, node);
    const error = isLeft ? problem : lost;
    if (node !== undefined && error === undefined) forget(context, node);
    outcomes.push(error === undefined ? { action, ok: true } : { action, ok: false, error });
  }
  for (const outcome of outcomes) context.ended(outcome);
  return outcomes;
}
