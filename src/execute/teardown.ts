import { BECOMES } from "../decide/lifecycle.ts";
import { WnmError } from "../errors.ts";
import { type Action, describe } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import type { ProcessManager } from "../process/manager.ts";
import { execute, type Outcome } from "./execute.ts";
import { forget, keep, type Tools } from "./tools.ts";

/** How a teardown went: in one call of a manager that can, or node by node. */
export type Teardown = {
  readonly method: "manager-specific" | "individual-remove";
  readonly outcomes: readonly Outcome[];
};

/** Removes the plan's nodes: all at once where their manager can, the others one by one, `gap_ms` apart. */
export async function teardown(plan: readonly Action[], tools: Tools, gap_ms: number): Promise<Teardown> {
  const outcomes: Outcome[] = [];
  let method: Teardown["method"] = "individual-remove";
  const groups = Map.groupBy(plan, (action) => nodeIn(action, tools)?.manager_type);
  for (const [kind, group] of groups) {
    const manager = kind === undefined ? undefined : tools.manager(kind);
    const [first, ...rest] = group;
    if (manager?.reset !== undefined) {
      method = "manager-specific";
      outcomes.push(...(await resetAll(group, manager, tools)));
    } else if (first !== undefined) {
      outcomes.push(...(await execute([first, ...rest], tools, gap_ms)));
    }
  }
  return { method, outcomes };
}

const nodeIn = (action: Action, tools: Tools): Node | undefined =>
  "node" in action ? tools.nodes.get(action.node) : undefined;

async function resetAll(
  group: readonly Action[],
  manager: ProcessManager,
  tools: Tools,
): Promise<readonly Outcome[]> {
  const nodes = group.flatMap((action) => nodeIn(action, tools) ?? []);
  for (const action of group) tools.log(describe(action));
  const removing = nodes.map((node) => keep(tools, BECOMES.removing(node, tools.now())));
  let problem = "it is still there after the reset";
  try {
    await manager.reset?.(removing, tools.grounds);
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    problem = error.message;
  }
  const states = await manager.inspect(removing);
  return group.map((action) => {
    const node = nodeIn(action, tools);
    if (node !== undefined && states.get(node.id)?.state !== "missing") {
      return { action, ok: false, error: problem };
    }
    if (node !== undefined) forget(tools, node);
    return { action, ok: true };
  });
}
