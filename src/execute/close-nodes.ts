import { dirname } from "node:path";
import { CannotTell, failureOf, WnmError } from "../base/errors.ts";
import { typedWord } from "../base/shell-word.ts";
import { type Finding, FOLDER_UNKNOWN } from "../model/finding.ts";
import { type ManagerKind, type Node, type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";
import { kindAt } from "../os/files/presence.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { SOFTWARE } from "../software/generations.ts";

/** Nodes checked per run: all of a small colony; with 500 nodes, each about once an hour. */
const PER_RUN = 10;
const SECONDS_PER_RUN = 60;

/** Subject of the findings that only the nodes checked in a run can have, beside those of `node-stands-open`. */
export const IN_ITS_PLACE = "in its place";

/**
 * Removes other accounts' access to nodes' folders and keys, left open by earlier versions, other managers or nodes.
 * Returns the nodes checked, and a finding for each that could not be fixed.
 */
export async function closeNodes(
  nodes: readonly Node[],
  manager: (kind: ManagerKind) => ProcessManager,
  now: Seconds,
): Promise<{ readonly findings: readonly Finding[]; readonly looked: ReadonlySet<NodeId> }> {
  const findings: Finding[] = [];
  const first = nodes.length <= PER_RUN ? 0 : (Math.floor(now / SECONDS_PER_RUN) * PER_RUN) % nodes.length;
  const turn = [...nodes, ...nodes].slice(first, first + Math.min(PER_RUN, nodes.length));
  for (const node of turn) {
    const { key_file } = SOFTWARE[node.software];
    const failure = await failureOf(async () => manager(node.manager_type).close?.(node, key_file));
    if (!(failure instanceof WnmError)) continue;
    if (isReplaced(node)) findings.push(replaced(node));
    else
      findings.push({
        key: "node-stands-open",
        severity: "warning",
        node: node.id,
        sentence: `The folder or the key of ${nodeLabel(node)} can be read by other accounts, and its permissions could not be fixed: ${failure.message}`,
        cure: asRoot(`chmod -R go-rwx ${typedWord(node.root_dir)}`),
      });
  }
  return { findings, looked: new Set(turn.map(({ id }) => id)) };
}

/** True when a file or a link is in the place of the node's folder; false when that cannot be told. */
function isReplaced({ root_dir }: Node): boolean {
  try {
    const kind = kindAt(root_dir);
    return kind !== undefined && kind !== "folder";
  } catch (error) {
    if (error instanceof CannotTell) return false;
    throw error;
  }
}

const replaced = (node: Node): Finding => ({
  key: FOLDER_UNKNOWN,
  subject: IN_ITS_PLACE,
  severity: "bad",
  node: node.id,
  sentence: `A file or a link is in the place of the folder of ${nodeLabel(node)}, ${node.root_dir}: without its folder the node cannot start again. Put the folder back in place of it`,
  // Moving it aside alone would leave no folder at all, and the node would be given up.
  cure: `ls -la ${typedWord(dirname(node.root_dir))}`,
});
