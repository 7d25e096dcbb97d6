import type { Node } from "../model/node.ts";
import type { Launch } from "../process/manager.ts";
import { keep, type Tools } from "./tools.ts";

/** Makes the node's files and definition, and remembers at once what its manager chose for it. */
export async function create(tools: Tools, node: Node, launch: Launch): Promise<Node> {
  const manager = tools.manager(node.manager_type);
  await manager.create(node, launch);
  const placement = manager.placementOf?.(node);
  return placement === undefined ? node : keep(tools, { ...node, ...placement });
}
