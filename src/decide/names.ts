import type { Node, NodeId } from "../model/node.ts";

/** The ids of named nodes, without duplicates. A name is matched to a service first, then by the number in it. Pure. */
export function idsNamed(
  names: readonly (number | string)[],
  nodes: readonly Pick<Node, "id" | "service">[],
): readonly NodeId[] {
  const ids = names.map((name) => {
    if (typeof name === "number") return name as NodeId;
    const served = nodes.find(({ service }) => service === name || service === `${name}.service`);
    return served?.id ?? (Number(name.replace(/\D/g, "")) as NodeId);
  });
  return [...new Set(ids)];
}
