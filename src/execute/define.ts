import type { Plan } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import { create } from "./create.ts";
import { launchOf } from "./launch.ts";
import { failureOf } from "./together.ts";
import type { Tools } from "./tools.ts";

/**
 * Brings the definitions of the nodes that are to start one after the other up to date before the first of them does, so
 * that what runs them reads definitions anew once and not for each. What fails here fails, and is told, at its action.
 */
export async function defineFirst(plan: Plan, tools: Tools, gap_ms: number): Promise<void> {
  const apart = plan.flatMap((action): readonly Node[] => {
    if (action.type !== "restart" && (action.type !== "start" || gap_ms === 0)) return [];
    const node = tools.nodes.get(action.node);
    // Only what starts many at once keeps definitions in mind.
    return node === undefined || tools.manager(node.manager_type).startAll === undefined ? [] : [node];
  });
  if (apart.length < 2) return;
  for (const node of apart) {
    await failureOf(async () => create(tools, node, (await launchOf(tools, node)).launch));
  }
}
