import { failureOf, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import { type Node, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import { folderLook } from "../observe/node-folder.ts";
import { storageProblem } from "../os/files/storage-marker.ts";
import { isNodesOwn } from "../software/own-names.ts";
import { openStore, type Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { filesOf } from "./key-files.ts";

/**
 * Cleans up after interrupted moves: deletes the second copy of each node's folder, key included, and marks the node as
 * stopped. Returns a line for each node: what was deleted, or why it was kept.
 */
export async function endMoves(context: Context): Promise<readonly string[]> {
  using store = openStore(context.options.paths.database);
  const lines: string[] = [];
  for (const node of store.nodes()) {
    const other = otherFolderOf(node);
    if (other === undefined) continue;
    const is_moving = node.status === "MIGRATING" || node.moving_to !== undefined;
    const stays = is_moving ? BECOMES.arrived(node, context.world.clock.now()) : node;
    const failure = await failureOf(() => removeOther(context, store, node, other));
    const left = failure === undefined ? { moving_to: undefined, moving_from: undefined } : {};
    store.save({ nodes: [{ ...stays, ...left }] });
    lines.push(
      failure === undefined
        ? `${other}, which a move of ${nodeLabel(node)} had left, is deleted.`
        : `${other}, which a move of ${nodeLabel(node)} has left, holds its key too and is still there: ${failure.message}. Delete it.`,
      ...(is_moving
        ? [`${nodeLabel(node)} was being moved and does not run; it is complete in ${node.root_dir}.`]
        : []),
    );
  }
  return lines;
}

/** Deletes the other copy. Throws WnmError on failure, and when that copy could hold the only key of the node. */
async function removeOther(context: Context, store: Store, node: Node, other: string): Promise<void> {
  const storage = storageOf({ root_dir: other });
  const ids = new Map(store.storages().map(({ path, id }) => [path, id]));
  for (const folder of [storageOf(node), storage]) {
    const problem = storageProblem(folder, ids);
    if (problem !== undefined) throw new WnmError(problem);
  }
  const own = folderLook()(node);
  if (own.is !== "there")
    throw new WnmError(own.is === "gone" ? `the node's own folder ${node.root_dir} is gone` : own.because);
  await filesOf(context).removeFolder(other, storage, isNodesOwn);
}
