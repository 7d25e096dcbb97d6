import type { Node, NodeId } from "../model/node.ts";
import { add } from "./add.ts";
import { removeNow } from "./remove.ts";
import type { Tools } from "./tools.ts";

/** Puts a new node in the place of an old one. The old one goes only when the new one lives; else it stays as it is. */
export async function replace(tools: Tools, node: Node, by: NodeId): Promise<void> {
  await add(tools, by);
  await removeNow(tools, node);
}
