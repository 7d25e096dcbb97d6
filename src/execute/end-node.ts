import { StillStopping } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";

/** Stops the node's process. While it has time left, records since when it is stopping and throws StillStopping. */
export const endNode = (context: ExecutionContext, node: Node): Promise<void> =>
  rememberEnding(context, node, () => context.manager(node.manager_type).stop(node));

/**
 * Runs a step that first stops the node's process, and records since when it is stopping. `node` is the row meanwhile. If
 * the node is to run again, its row is marked before the step, so that a killed run does not count as a death of the node.
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
