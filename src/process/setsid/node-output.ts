import { constants, openSync } from "node:fs";
import type { Node } from "../../model/node.ts";
import { endOfNode, nodePath, withFolder } from "../../os/files/node-path.ts";
import { lastWordsIn, printedError } from "../contract/printed-error.ts";
import { withPortHolder } from "../contract/taken-port.ts";

/** File in the log folder for a node's output. Each start overwrites it, so it stays short. */
const OUTPUT = "output.log";

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

/** More than a report with its backtrace. */
const MOST_OUTPUT = 16_000;

/** The end of what the node printed. */
const outputOf = ({ log_dir }: Node): string =>
  (log_dir === undefined ? undefined : endOfNode(nodePath(log_dir, OUTPUT), MOST_OUTPUT)) ?? "";

/** What the node printed before it ended, behind ": "; empty without any words. */
export const lastWords = (node: Node): string => withPortHolder(lastWordsIn(outputOf(node)), node);

/** The error that the node printed, with what holds its port if that is why. */
export function lastError(node: Node): string | undefined {
  const error = printedError(outputOf(node));
  return error === undefined ? undefined : withPortHolder(error, node);
}
