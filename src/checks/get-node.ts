import type { Node } from "../model/node.ts";

/** The command that fetches a node program of the same generation as the colony's nodes. Pure. */
export const getNodeFor = (nodes: readonly Pick<Node, "software">[]): string =>
  nodes.length > 0 && nodes.every(({ software }) => software === "antnode")
    ? "wnm --get_node --node_software antnode"
    : "wnm --get_node";
