import { StillStopping } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";

/** Ends the node's process. Throws StillStopping, once the node's row says since when, while it has time left to end. */
export const endNode = (context: ExecutionContext, node: Node): Promise<void> =>
  rememberEnding(context, node, () => context.manager(node.manager_type).stop(node));

/** Runs a step that first ends the node's process; `node` is the node while that is under way. */
export async function rememberEnding<T>(
  context: ExecutionContext,
  node: Node,
  step: () => Promise<T>,
): Promise<T> {
  const since = context.now();
  try {
    return await step();
  } catch (error) {
    if (error instanceof StillStopping) keep(context, BECOMES.ending(node, since));
    throw error;
  }
}
