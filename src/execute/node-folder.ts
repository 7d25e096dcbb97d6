import { dirname } from "node:path";
import { Refused } from "../base/errors.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import type { ExecutionContext } from "./context.ts";

/**
 * Throws Refused unless the node's storage is the one that the colony knows. Disks and shares can disappear during a run,
 * and the empty mount point must not be taken for a storage without nodes.
 */
export function requireSameStorage(context: ExecutionContext, node: Pick<Node, "id" | "root_dir">): void {
  const problem = context.disk.storageProblem(dirname(node.root_dir));
  if (problem !== undefined) throw new Refused(`Nothing more is done to ${nodeLabel(node)}: ${problem}`);
}

/**
 * Throws Refused unless the folder is the node's own, with its disk and key: in any other, a different node would start.
 * If the operator named the node with --confirm and its folder is readable, returns it as a node without an identity.
 */
export function requireOwnFolder(context: ExecutionContext, node: Node): Node {
  requireSameStorage(context, node);
  const because = problemWith(context, node);
  if (because === undefined) return node;
  const withoutIdentity: Node = { ...node, own_disk: undefined, has_key: false, peer_id: undefined };
  if (context.givenUp.has(node.id) && problemWith(context, withoutIdentity) === undefined)
    return withoutIdentity;
  throw new Refused(refusal(node, because));
}

function problemWith(context: ExecutionContext, node: Node): string | undefined {
  const folder = context.disk.nodeFolder(node);
  if (folder.is === "unknown") return folder.because;
  const hadIdentity = node.has_key || node.peer_id !== undefined;
  return folder.is === "gone" && hadIdentity
    ? `its folder ${node.root_dir} is gone, and its identity with it`
    : undefined;
}

/**
 * Throws Refused unless wnm can see what a removal would delete. Folders that cannot be seen are given up if the operator
 * named the node with --confirm, but another storage in place of the node's is always refused.
 */
export function requireVisibleFolders(context: ExecutionContext, node: Node): void {
  requireSameStorage(context, node);
  const logs = node.log_dir === undefined ? "absent" : presenceOf(node.log_dir);
  if (isUnknown(logs))
    throw new Refused(refusal(node, `its log folder ${node.log_dir} cannot be accessed (${logs.unknown})`));
  if (context.givenUp.has(node.id)) return;
  const folder = context.disk.nodeFolder(node);
  if (folder.is === "unknown") throw new Refused(refusal(node, folder.because));
}

const refusal = (node: Node, because: string): string =>
  `Nothing was done to ${nodeLabel(node)}: ${because}. Mount its disk, or repair it. If it is permanently lost: wnm --force_action remove --service_name ${nodeLabel(node)} --confirm`;
