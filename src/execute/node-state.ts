import { failureOf, WnmError } from "../base/errors.ts";
import type { Node } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import type { ExecutionContext } from "./context.ts";

/** The current state of the node's process. Throws WnmError when its manager cannot be queried. */
export const stateOf = async (
  context: ExecutionContext,
  node: Node,
): Promise<ProcessState["state"] | undefined> =>
  (await context.manager(node.manager_type).inspect([node])).get(node.id)?.state;

/** True when the node's process is known to have ended. */
export async function hasEnded(context: ExecutionContext, node: Node): Promise<boolean> {
  const state = await failureOf(() => stateOf(context, node));
  return !(state instanceof WnmError) && (state === "stopped" || state === "missing");
}
