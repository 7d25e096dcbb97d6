import type { Node } from "../model/node.ts";
import type { Launch } from "../process/contract/manager.ts";
import { type ExecutionContext, keep } from "./context.ts";

/** Creates the node's files and definition, and immediately saves what its manager chose. Throws WnmError. */
export async function createNode(context: ExecutionContext, node: Node, launch: Launch): Promise<Node> {
  const manager = context.manager(node.manager_type);
  await manager.create(node, launch);
  const placement = manager.placementOf?.(node);
  return placement === undefined ? node : keep(context, { ...node, ...placement });
}
