import type { Snapshot } from "../decide/snapshot.ts";
import type { Finding } from "../model/finding.ts";
import { type NodeId, nodeLabel } from "../model/node.ts";

/**
 * Nodes whose folder may not be theirs: the operator has to mend that, or give the nodes up. Nodes in `givenUp` are left
 * out.
 */
export function folderFindings(
  s: Pick<Snapshot, "nodes" | "doubtful">,
  givenUp: ReadonlySet<NodeId>,
): readonly Finding[] {
  return s.nodes.flatMap((node) => {
    const because = s.doubtful.get(node.id);
    if (because === undefined || givenUp.has(node.id)) return [];
    const label = nodeLabel(node);
    return {
      key: "node-folder-unknown",
      severity: node.status === "DISABLED" ? "warning" : "bad",
      sentence: `${label} is not started, changed or removed: ${because}`,
      cure: `mount its disk, or repair it (the kernel's log says what is wrong). If it is permanently lost: wnm --force_action remove --service_name ${label} --confirm`,
      node: node.id,
    };
  });
}
