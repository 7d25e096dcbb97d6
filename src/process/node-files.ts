import { dirname } from "node:path";
import { Refused } from "../errors.ts";
import type { Node } from "../model/node.ts";
import { exists, type Files } from "../os/files.ts";
import type { Grounds, Launch } from "./manager.ts";

/** Makes the node's folders and its own copy of the program, which stay when they are there, and the files of this launch. */
export async function placeNode(files: Files, node: Node, launch: Launch): Promise<void> {
  if (node.log_dir !== undefined) {
    await files.makeFolder(dirname(node.log_dir));
    await files.makeFolder(node.log_dir);
  }
  await files.makeFolder(node.root_dir);
  if (!exists(node.binary)) await files.installProgram(launch.program, node.binary);
  for (const file of launch.files ?? []) await files.writeText(file.path, file.text);
}

/**
 * Deletes the node's data and logs. Throws Refused for data outside the colony's grounds, and deletes neither. Logs
 * elsewhere than where wnm puts them, as adopted nodes may have them, may be others' too and stay.
 */
export async function deleteNode(files: Files, node: Node, grounds: Grounds): Promise<void> {
  const storage = dirname(node.root_dir);
  if (!grounds.storages.includes(storage)) {
    throw new Refused(
      `${node.root_dir} is not removed: it is outside the colony's storage (${grounds.storages.join(", ")})`,
    );
  }
  const { log_dir } = node;
  if (log_dir !== undefined && dirname(log_dir) === grounds.logs && exists(log_dir))
    await files.removeFolder(log_dir, grounds.logs);
  await files.removeFolder(node.root_dir, storage);
}
