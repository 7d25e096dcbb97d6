import { WnmError } from "../errors.ts";
import type { NodeId, ProcessIdentity } from "../model/node.ts";
import type { Start } from "../process/manager.ts";
import type { Tools } from "./tools.ts";

/** The failure of a step that can normally fail, as a value; a bug is thrown on. */
export async function failureOf<T>(step: () => Promise<T>): Promise<T | WnmError> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof WnmError) return error;
    throw error;
  }
}

/** Starts nodes of one manager with the calls of one. What fails for all fails for each. */
export async function startAll(
  tools: Tools,
  starts: readonly Start[],
): Promise<ReadonlyMap<NodeId, ProcessIdentity | WnmError | undefined>> {
  const [first] = starts;
  if (first === undefined) return new Map();
  const manager = tools.manager(first.node.manager_type);
  const results = await failureOf(async () => manager.startAll?.(starts));
  return results instanceof WnmError || results === undefined
    ? new Map(starts.map(({ node }) => [node.id, results]))
    : results;
}
