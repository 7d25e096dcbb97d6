import type { Node } from "../model/node.ts";

/**
 * True when an upgrade was interrupted before the new program ran: the node still runs the version that a rollback would
 * restore, whatever program is in its folder.
 */
export const isBetweenVersions = (node: Node): boolean =>
  node.previous_version !== undefined && node.previous_version === node.version;

/** True while the node's new version has not proven itself. */
export const isOnProbation = (node: Node): boolean =>
  node.previous_version !== undefined && !isBetweenVersions(node);
