import { constants, openSync } from "node:fs";
import type { Node } from "../../model/node.ts";
import { withFolder } from "../../os/files/node-path.ts";
import { OUTPUT } from "../contract/node-output.ts";

/** Opens the node's output file, truncated. undefined if it cannot be opened; the node then runs without one. */
export function openOutput(node: Node): number | undefined {
  if (node.log_dir === undefined) return undefined;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // Non-blocking, because opening a named pipe would block until somebody reads it.
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
    return withFolder(node.log_dir, ({ at }) => openSync(at(OUTPUT), flags, 0o600));
  } catch {
    // The node can run without an output file.
    return undefined;
  }
}
