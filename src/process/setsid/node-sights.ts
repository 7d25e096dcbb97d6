import type { Node, NodeId } from "../../model/node.ts";
import type { LivingProcess } from "../../os/processes/process-table.ts";
import { lookForNodes, type NodeLook, type NodeSight } from "../../software/node-processes.ts";
import type { SetsidAccess } from "./access.ts";

/** Looks for the nodes' processes. If this account cannot see them, asks again as the nodes' account. */
export async function sightsOf(
  access: SetsidAccess,
  nodes: readonly Node[],
  ask: (look: NodeLook, node: Node) => NodeSight,
): Promise<ReadonlyMap<NodeId, NodeSight>> {
  const here = lookForNodes(access.owner);
  const sights = new Map(nodes.map((node) => [node.id, ask(here, node)]));
  const hidden = nodes.filter(({ id }) => sights.get(id)?.seen === "hidden");
  const listed = hidden.length === 0 ? undefined : await access.accountProcesses?.();
  if (listed !== undefined) {
    const there = lookForNodes(access.owner, listed);
    for (const node of hidden) sights.set(node.id, ask(there, node));
  }
  return sights;
}

/** Searches thoroughly for the node's process. */
export const sightOf = async (access: SetsidAccess, node: Node): Promise<NodeSight> =>
  (await sightsOf(access, [node], (look) => look.thorough(node))).get(node.id) ?? { seen: "ended" };

/** Every visible process of the node. */
export async function processesOf(access: SetsidAccess, node: Node): Promise<readonly LivingProcess[]> {
  let found: readonly LivingProcess[] = [];
  await sightsOf(access, [node], (look) => {
    found = look.all(node);
    return look.thorough(node);
  });
  return found;
}
