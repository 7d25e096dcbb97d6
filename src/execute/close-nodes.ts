import { failureOf, WnmError } from "../base/errors.ts";
import { typedWord } from "../base/shell-word.ts";
import type { Finding } from "../model/finding.ts";
import { type ManagerKind, type Node, type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";
import type { ProcessManager } from "../process/contract/manager.ts";
import { SOFTWARE } from "../software/generations.ts";

/** Nodes checked per run: all of a small colony; with 500 nodes, each about once an hour. */
const PER_RUN = 10;
const SECONDS_PER_RUN = 60;

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
    if (failure instanceof WnmError)
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
