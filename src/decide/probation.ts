import type { Node } from "../model/node.ts";

/** Its upgrade was interrupted before the new program ran: it still runs the version that it would go back to. */
export const isBetweenVersions = (node: Node): boolean =>
  node.previous_version !== undefined && node.previous_version === node.version;

/** Its new version has yet to prove itself. */
export const isOnProbation = (node: Node): boolean =>
  node.previous_version !== undefined && !isBetweenVersions(node);
