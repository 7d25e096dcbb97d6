import { Refused } from "../base/errors.ts";
import { type Node, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { requireSameStorage } from "./node-folder.ts";

/**
 * Throws Refused if an interrupted move left a second folder that could not be deleted with the node. It is ignored if the
 * operator gave the node up by name, or if its storage is no longer in node_storage.
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
 * Deletes the second folder left by an interrupted move, verifies that it is gone, and returns the node without it. One
 * that is permanently unreachable is dropped with a warning. Throws WnmError.
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
    // A missing folder counts as deleted only if its storage is present.
    requireSameStorage(context, elsewhere);
  }
  return keep(context, { ...node, moving_to: undefined, moving_from: undefined });
}

function problemWith(context: ExecutionContext, other: string): string | undefined {
  const problem = context.disk.storageProblem(storageOf({ root_dir: other }));
  if (problem !== undefined) return problem;
  const presence = presenceOf(other);
  return isUnknown(presence) ? `it cannot be accessed (${presence.unknown})` : undefined;
}

/** True when the operator has declared it lost. */
const mayLetGo = ({ givenUp, config }: ExecutionContext, node: Node, other: string): boolean =>
  givenUp.has(node.id) || !config.node_storage.includes(storageOf({ root_dir: other }));
