import { StillStopping } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";

/** Stops the node's process. While it has time left, records since when it is stopping and throws StillStopping. */
export const endNode = (context: ExecutionContext, node: Node): Promise<void> =>
  rememberEnding(context, node, () => context.manager(node.manager_type).stop(node));

/**
 * Runs a step that first stops the node's process, and records since when it is stopping. `node`: the row meanwhile. Before
 * the step, the row of a node that is to run again says that wnm stops it: a run that is killed leaves no death.
 */
export async function rememberEnding<T>(
  context: ExecutionContext,
  node: Node,
  step: () => Promise<T>,
): Promise<T> {
  const since = context.now();
  const ending = node.wanted === "running" ? keep(context, BECOMES.aboutToEnd(node)) : node;
  try {
    return await step();
  } catch (error) {
    if (error instanceof StillStopping) keep(context, BECOMES.ending(ending, since));
    throw error;
  }
}
