import type { Node, NodeId } from "../model/node.ts";
import { add } from "./add.ts";
import type { ExecutionContext } from "./context.ts";
import { requireVisibleFolders } from "./node-folder.ts";
import { removeNow } from "./remove.ts";

/** Adds a new node, then removes the old one, which is left alone if the add fails. Throws WnmError. */
export async function replace(
  context: ExecutionContext,
  node: Node,
  by: NodeId,
  storage?: string,
): Promise<void> {
  requireVisibleFolders(context, node);
  await add(context, by, storage);
  await removeNow(context, node, "begun");
}
