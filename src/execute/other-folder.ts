import { Refused } from "../base/errors.ts";
import { type Node, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { requireSameStorage } from "./node-folder.ts";

/**
 * Throws Refused when the folder that a move has left beside the node's own could not be deleted together with it. What
 * was given up by name, or lies in a storage that node_storage names no more, is let go.
 */
export function requireVisibleOther(context: ExecutionContext, node: Node): void {
  const other = otherFolderOf(node);
  const problem = other === undefined ? undefined : problemWith(context, other);
  if (other === undefined || problem === undefined || mayLetGo(context, node, other)) return;
  const label = nodeLabel(node);
  throw new Refused(
    `Nothing was done to ${label}: a move has left ${other}, which holds its key too and cannot be deleted with it: ${problem}. Mount its disk, or repair it. If it is permanently lost: wnm --force_action remove --service_name ${label} --confirm`,
  );
}

/**
 * Deletes the folder that a move has left beside the node's own, verifies that it is gone, and returns the node without
 * it. One that is out of reach for good is let go with a warning. Throws WnmError.
 */
export async function removeOther(context: ExecutionContext, found: Node): Promise<Node> {
  const node = context.nodes.get(found.id) ?? found;
  const other = otherFolderOf(node);
  if (other === undefined) return node;
  const elsewhere = { id: node.id, root_dir: other };
  const problem = problemWith(context, other);
  if (problem !== undefined && mayLetGo(context, node, other))
    context.warn(
      `${other} is no longer looked for: ${problem}. It holds the key of ${nodeLabel(node)}; delete it if its disk ever comes back`,
    );
  else {
    requireSameStorage(context, elsewhere);
    await context.manager(node.manager_type).removeFolder?.(other, storageOf(elsewhere));
    // A missing folder counts as removed only while its storage is there.
    requireSameStorage(context, elsewhere);
  }
  return keep(context, { ...node, moving_to: undefined, moving_from: undefined });
}

function problemWith(context: ExecutionContext, other: string): string | undefined {
  const problem = context.disk.storageProblem(storageOf({ root_dir: other }));
  if (problem !== undefined) return problem;
  const presence = presenceOf(other);
  return isUnknown(presence) ? `it cannot be looked at (${presence.unknown})` : undefined;
}

/** The operator has said that it is lost. */
const mayLetGo = ({ givenUp, config }: ExecutionContext, node: Node, other: string): boolean =>
  givenUp.has(node.id) || !config.node_storage.includes(storageOf({ root_dir: other }));
