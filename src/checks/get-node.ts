import type { Node } from "../model/node.ts";

/** The command that fetches the node program of a colony: of the generation that its nodes have. Pure. */
export const getNodeFor = (nodes: readonly Pick<Node, "software">[]): string =>
  nodes.length > 0 && nodes.every(({ software }) => software === "antnode")
    ? "wnm --get_node --node_software antnode"
    : "wnm --get_node";
