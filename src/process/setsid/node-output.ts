import { constants, openSync } from "node:fs";
import type { Node } from "../../model/node.ts";
import { withFolder } from "../../os/files/node-path.ts";
import { OUTPUT } from "../contract/node-output.ts";

/** Opens the file for what the node prints, empty. undefined when there is none: the node runs without it. */
export function openOutput(node: Node): number | undefined {
  if (node.log_dir === undefined) return undefined;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // Opening a pipe in its place would block wnm until somebody reads it.
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
    return withFolder(node.log_dir, ({ at }) => openSync(at(OUTPUT), flags, 0o600));
  } catch {
    // The node runs without a file for its output too.
    return undefined;
  }
}
