import { basename, dirname } from "node:path";
import { Refused, WnmError } from "../../base/errors.ts";
import type { Node } from "../../model/node.ts";
import type { Files } from "../../os/files/node-files.ts";
import { type NodePath, nodePath, nodePathAt, pathText } from "../../os/files/node-path.ts";
import { isThere, isUnknown, statAt } from "../../os/files/presence.ts";
import { NODE_FOLDER } from "../../os/files/removable-folder.ts";
import { isNodesOwn } from "../../software/own-names.ts";
import type { AllowedFolders, Launch } from "./manager.ts";

/** Creates the node's folders and its copy of the program if missing, and writes the files of this launch. */
export async function createNodeFiles(files: Files, node: Node, launch: Launch): Promise<void> {
  const { root_dir, log_dir, binary } = node;
  await files.makeFolder(root_dir, "one node's");
  if (log_dir !== undefined) {
    const above = dirname(log_dir);
    if (!log_dir.startsWith(`${root_dir}/`)) {
      await files.makeFolder(above, "wnm's");
      // An adopted node may share a log folder that is not named after it.
      await files.makeFolder(log_dir, NODE_FOLDER.test(basename(log_dir)) ? "one node's logs" : "all nodes'");
    } else {
      if (above !== root_dir) await files.makeFolder(nodePathAt(root_dir, above), "one node's");
      await files.makeFolder(nodePathAt(root_dir, log_dir), "one node's logs");
    }
  }
  if (!isThere(binary)) await replaceProgram(files, node, launch);
  if (launch.key_file !== undefined) await closeKey(files, nodePath(root_dir, launch.key_file));
  for (const file of launch.files ?? []) await files.writeText(nodePathAt(root_dir, file.path), file.text);
}

/** Makes the key private. A key that cannot be, such as a link, does not prevent the start. */
async function closeKey(files: Files, key: NodePath): Promise<void> {
  try {
    await files.closePrivate(key);
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
  }
}

/** Closes the node's folders and key to other accounts. Costs one stat for each that is already closed. */
export async function closeNodeFiles(
  files: Files,
  { root_dir, log_dir }: Node,
  key_file: string,
): Promise<void> {
  if (isOpen(root_dir)) await files.makeFolder(root_dir, "one node's");
  if (log_dir !== undefined && NODE_FOLDER.test(basename(log_dir)) && isOpen(log_dir))
    await files.makeFolder(log_dir, "one node's logs");
  const key = nodePath(root_dir, key_file);
  if (isOpen(pathText(key))) await files.closePrivate(key);
}

/** True when accounts other than the owner and the operator's group have access. */
function isOpen(path: string): boolean {
  const stat = statAt(path);
  if (stat === "absent" || isUnknown(stat)) return false;
  const { found } = stat;
  if (found.isFile()) return (found.mode & 0o077) !== 0;
  if (!found.isDirectory() || (found.mode & 0o077) === 0) return false;
  return (found.mode & 0o2000) === 0 || (found.mode & 0o026) !== 0;
}

/** Replaces the node's program atomically. */
export const replaceProgram = (files: Files, node: Node, { program, twins = [] }: Launch): Promise<void> =>
  files.installProgram(program, programPlace(node), twins.map(programPlace));

const programPlace = ({ root_dir, binary }: Pick<Node, "root_dir" | "binary">): NodePath =>
  nodePathAt(root_dir, binary);

/**
 * Deletes the node's data and logs. Throws Refused, deleting neither, when the data are outside the colony's storages.
 * Logs outside wnm's log folder, as adopted nodes may have, stay, because other programs may use that folder.
 */
export async function deleteNodeFiles(
  files: Files,
  node: Node,
  allowedFolders: AllowedFolders,
): Promise<void> {
  const storage = dirname(node.root_dir);
  if (!allowedFolders.storages.includes(storage)) {
    throw new Refused(
      `${node.root_dir} is not removed: it is outside the colony's storage (${allowedFolders.storages.join(", ")})`,
    );
  }
  const { log_dir } = node;
  // Both are checked before either is deleted: if the data cannot be seen, the logs stay too.
  const folders = [node.root_dir, ...(log_dir === undefined ? [] : [log_dir])].filter(isThere);
  // Data first, so a refused deletion keeps the logs too.
  await files.removeFolder(node.root_dir, storage, isNodesOwn);
  if (log_dir !== undefined && dirname(log_dir) === allowedFolders.logs && folders.includes(log_dir))
    await files.removeFolder(log_dir, allowedFolders.logs);
}
