import { typedWord } from "../base/shell-word.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import { type Finding, FOLDER_UNKNOWN } from "../model/finding.ts";
import { type NodeId, nodeLabel } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";

/** Findings for nodes whose folder may not be their own. Nodes in `givenUp` are omitted. */
export function folderFindings(
  s: Pick<Snapshot, "nodes" | "doubtful">,
  givenUp: ReadonlySet<NodeId>,
): readonly Finding[] {
  return s.nodes.flatMap((node) => {
    const because = s.doubtful.get(node.id);
    if (because === undefined || givenUp.has(node.id)) return [];
    const label = nodeLabel(node);
    return {
      key: FOLDER_UNKNOWN,
      severity: node.status === "DISABLED" ? "warning" : "bad",
      sentence: `${label} is not started, changed or removed: ${because}. Mount its disk, or repair it; if it is permanently lost, give the node up: --force_action remove --service_name ${label} --confirm`,
      cure: `ls -ld ${typedWord(node.root_dir)}; ${asRoot("dmesg")} | tail -n 20`,
      node: node.id,
    };
  });
}
