import { dirname } from "node:path";
import { Refused } from "../base/errors.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import type { ExecutionContext } from "./context.ts";

/**
 * Throws Refused unless the storage of the node's folder is the one that the colony knows. Disks and shares can go away
 * during a run, and the empty mount point they leave is not a storage without nodes.
 */
export function requireSameStorage(context: ExecutionContext, node: Pick<Node, "id" | "root_dir">): void {
  const problem = context.disk.storageProblem(dirname(node.root_dir));
  if (problem !== undefined) throw new Refused(`Nothing more is done to ${nodeLabel(node)}: ${problem}`);
}

/**
 * Throws Refused unless the node's folder is its own, with its disk and its key: in another it would start as a different
 * node. When the operator named the node with --confirm, returns it as a node without an identity, if its folder can be
 * read.
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
 * Throws Refused unless wnm can see what a removal would delete. With --confirm for a named node, what cannot be seen is
 * given up; another storage in the place of the node's is refused all the same.
 */
export function requireVisibleFolders(context: ExecutionContext, node: Node): void {
  requireSameStorage(context, node);
  const logs = node.log_dir === undefined ? "absent" : presenceOf(node.log_dir);
  if (isUnknown(logs))
    throw new Refused(refusal(node, `its log folder ${node.log_dir} cannot be looked at (${logs.unknown})`));
  if (context.givenUp.has(node.id)) return;
  const folder = context.disk.nodeFolder(node);
  if (folder.is === "unknown") throw new Refused(refusal(node, folder.because));
}

const refusal = (node: Node, because: string): string =>
  `Nothing was done to ${nodeLabel(node)}: ${because}. Mount its disk, or repair it. If it is permanently lost: wnm --force_action remove --service_name ${nodeLabel(node)} --confirm`;
