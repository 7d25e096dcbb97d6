import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node, RemovalCause } from "../model/node.ts";
import { presenceOf } from "../os/files/presence.ts";
import { refuseStrangers } from "../os/files/removable-folder.ts";
import { isNodesOwn } from "../software/own-names.ts";
import { removeEmptyContainers } from "./containers.ts";
import { type ExecutionContext, forget, keep } from "./context.ts";
import { endNode } from "./end-node.ts";
import { requireSameStorage, requireVisibleFolders } from "./node-folder.ts";
import { removeOther, requireVisibleOther } from "./other-folder.ts";
import { undoRemoval, wasRefused } from "./undo-removal.ts";

/** Stops the node now; after delay_remove a later run deletes it, if still needed. Throws WnmError. */
export async function stopForRemoval(
  context: ExecutionContext,
  node: Node,
  cause: RemovalCause,
): Promise<void> {
  const removing = keep(context, BECOMES.removing(node, cause, context.now()));
  await endNode(context, removing);
  keep(context, BECOMES.withoutProcess(removing));
}

/**
 * Stops the node, deletes all its files, including what a move left elsewhere, and only then deletes its row. Throws
 * WnmError. If a forced removal is refused, by the system or by wnm, the node stays as it was, so that no later run does
 * what was reported as not done.
 */
export async function removeNow(context: ExecutionContext, node: Node, cause: RemovalCause): Promise<void> {
  requireVisibleFolders(context, node);
  requireVisibleOther(context, node);
  const manager = context.manager(node.manager_type);
  // Checked before the stop, so a node that cannot be removed keeps running. antctl chooses its own names and files.
  if (manager.removeFolder !== undefined) refuseStrangers(node.root_dir, isNodesOwn);
  const removing = keep(context, BECOMES.removing(node, cause, context.now()));
  try {
    await endNode(context, removing);
    // Checked again, because the stop may have taken a while.
    requireVisibleFolders(context, node);
    keep(context, BECOMES.deleting(await removeOther(context, removing)));
    await manager.remove(node, context.allowedFolders);
    // A missing folder counts as deleted only if its storage is present.
    requireSameStorage(context, node);
  } catch (error) {
    if (cause === "by hand" && wasRefused(error) && presenceOf(node.root_dir) === "present")
      await undoRemoval(context, withoutMove(context, node));
    throw error;
  }
  await removeEmptyContainers(context, node);
  forget(context, node);
}

/** The node as it was before, but without a pending move, which a removal ends. */
const withoutMove = (context: ExecutionContext, before: Node): Node => ({
  ...(before.status === "MIGRATING" ? BECOMES.arrived(before, context.now()) : before),
  moving_to: undefined,
  moving_from: context.nodes.get(before.id)?.moving_from,
});
