import { basename, dirname } from "node:path";
import { Refused, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import type { AllowedFolders, Launch } from "../contract/manager.ts";
import type { AntctlAccess } from "./access.ts";
import { unwritable } from "./arguments.ts";
import type { AntctlEntry } from "./output.ts";

/** Throws Refused when antctl would run, as root, a program that a node may have written. */
export function refuseUnknown(node: Node, launch: Launch, { privileged }: AntctlAccess): void {
  if (!privileged || launch.runnable !== undefined) return;
  throw new Refused(
    `antctl is not given ${launch.program} for ${nodeLabel(node)}: antctl would run it with root's rights, and a node may have written it`,
  );
}

/** Throws WnmError for folders and programs that antctl cannot use. */
export function checkFolders(
  node: Node,
  launch: Launch,
  { style, own_storage, unquoted }: AntctlAccess,
): void {
  const storage = dirname(node.root_dir);
  if (style.folders === "own" && storage !== own_storage) {
    throw new WnmError(
      `antctl puts nodes into ${own_storage}, but --node_storage is ${storage}; make them the same`,
    );
  }
  if (style.program.from === "file" && basename(launch.program) !== "antnode") {
    throw new WnmError(
      `antctl names a node's program after the file it is copied from: --antnode_path has to end in /antnode, not ${basename(launch.program)}`,
    );
  }
  const paths = [storage, ...(node.log_dir === undefined ? [] : [dirname(node.log_dir)])];
  const problem = unquoted ? unwritable(paths, launch) : undefined;
  if (problem !== undefined) throw new WnmError(problem);
}

/**
 * Throws Refused unless the folders in antctl's registry are the node's own and inside the colony's, because
 * `antctl remove` deletes whatever folders its registry names.
 */
export function checkAllowedFolders(
  { service, root_dir, log_dir }: AntctlEntry,
  allowedFolders: AllowedFolders,
): void {
  const refuse = (path: string, why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!allowedFolders.storages.includes(dirname(root_dir))) {
    throw refuse(root_dir, `it is outside the colony's storage (${allowedFolders.storages.join(", ")})`);
  }
  if (!/^antnode\d+$/.test(service) || basename(root_dir) !== service)
    throw refuse(root_dir, "its name is not that of its service");
  if (log_dir.startsWith(`${root_dir}/`)) return;
  if (dirname(log_dir) !== allowedFolders.logs || basename(log_dir) !== service)
    throw refuse(log_dir, `it is outside the log folder ${allowedFolders.logs}`);
}
