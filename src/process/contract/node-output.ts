import type { Node } from "../../model/node.ts";
import { bytesIn, type NodePath, nodePath, pathText, readNodeFile } from "../../os/files/node-path.ts";
import { lastWordsIn, printedError } from "./printed-error.ts";
import { withPortHolder } from "./taken-port.ts";

/** The file in the log folder that receives the node's standard output. */
export const OUTPUT = "output.log";

const placeOf = (log_dir: string): NodePath => nodePath(log_dir, OUTPUT);

/** Its path, for the account that the node runs as; "" without a log folder. */
export const outputPath = ({ log_dir }: Node): string =>
  log_dir === undefined ? "" : pathText(placeOf(log_dir));

/** Enough for an error report with its backtrace. */
const MOST_OUTPUT = 16_000;

/** The end of the node's output; "" when it printed nothing since `since_s` (epoch seconds). */
function outputOf({ log_dir }: Node, since_s: number): string {
  if (log_dir === undefined) return "";
  const end = readNodeFile(placeOf(log_dir), (file) =>
    file.changed_at < since_s
      ? ""
      : bytesIn(file, MOST_OUTPUT, Math.max(0, file.size - MOST_OUTPUT)).toString("utf8"),
  );
  return end ?? "";
}

/** The node's last output, prefixed with ": "; "" when there is none. */
export const lastWords = (node: Node, since_s = 0): string =>
  withPortHolder(lastWordsIn(outputOf(node, since_s)), node);

/** The error that the node printed, plus the process that holds its port if that is the cause. */
export function lastError(node: Node): string | undefined {
  const error = printedError(outputOf(node, 0));
  return error === undefined ? undefined : withPortHolder(error, node);
}
