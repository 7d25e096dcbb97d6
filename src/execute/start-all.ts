import { failureOf, WnmError } from "../base/errors.ts";
import type { NodeId, ProcessIdentity } from "../model/node.ts";
import type { Start } from "../process/contract/manager.ts";
import type { ExecutionContext } from "./context.ts";

/** Starts nodes of one manager in one call; returns a result per node. If the call itself fails, all nodes have failed. */
export async function startAll(
  context: ExecutionContext,
  starts: readonly Start[],
): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError | undefined>> {
  const [first] = starts;
  if (first === undefined) return new Map();
  const manager = context.manager(first.node.manager_type);
  const results = await failureOf(async () => manager.startAll?.(starts));
  return results instanceof WnmError || results === undefined
    ? new Map(starts.map(({ node }) => [node.id, results]))
    : results;
}
