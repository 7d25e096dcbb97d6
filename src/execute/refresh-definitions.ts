import { failureOf } from "../base/errors.ts";
import type { Action, Plan } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import type { ExecutionContext } from "./context.ts";
import { createNode } from "./create-node.ts";
import { launchOf } from "./launch.ts";
import { requireOwnFolder } from "./node-folder.ts";
import { requireAnswers } from "./silent-share.ts";

/**
 * Updates the definitions of all nodes that will start one by one, so that their manager reloads once instead of once per
 * node. Failures are ignored here, because the action on that node will hit and report the same one.
 */
export async function refreshDefinitions(plan: Plan, context: ExecutionContext, gap: number): Promise<void> {
  const separate = plan.flatMap((action): readonly { readonly action: Action; readonly node: Node }[] => {
    if (action.type !== "restart" && (action.type !== "start" || gap === 0)) return [];
    const node = context.nodes.get(action.node);
    // Only managers that can start many nodes at once need to reload definitions.
    return node === undefined || context.manager(node.manager_type).startAll === undefined
      ? []
      : [{ action, node }];
  });
  if (separate.length < 2) return;
  for (const { action, node } of separate) {
    await failureOf(async () => {
      await requireAnswers(context, action);
      requireOwnFolder(context, node);
      await createNode(context, node, (await launchOf(context, node)).launch);
    });
  }
}
