import { BECOMES } from "../decide/lifecycle.ts";
import type { Node } from "../model/node.ts";
import { vacate } from "./house.ts";
import { forget, keep, type Tools } from "./tools.ts";

/** Stops the node now; a later run deletes it when delay_remove is over. */
export async function removeLater(tools: Tools, node: Node): Promise<void> {
  const removing = keep(tools, BECOMES.removing(node, tools.now()));
  await tools.manager(node.manager_type).stop(removing);
  keep(tools, BECOMES.withoutProcess(removing));
}

/** Stops the node, deletes everything of it, and only then forgets it. */
export async function removeNow(tools: Tools, node: Node): Promise<void> {
  await removeLater(tools, node);
  await tools.manager(node.manager_type).remove(node, tools.grounds);
  await vacate(tools, node);
  forget(tools, node);
}
