import type { Node } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import { nodesOnDisk } from "../disks.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import type { Snapshot } from "../snapshot.ts";

/**
 * Stops the nodes on a disk that has become read-only, because they answer with errors, for which peers shun them. They
 * keep their data, and start when the disk is writable again.
 */
export const readOnlyDisk: Rule = (s) => {
  const due = nodesThatCannotChange(s).filter(({ status, wanted }) => isUp(status) && wanted === "running");
  return triable(due, "stop", s.now).map((node) => ({
    type: "stop",
    node: node.id,
    reason: `its disk is read-only: ${node.root_dir}`,
  }));
};

/** Nodes whose folders can currently be neither written nor deleted. */
export const nodesThatCannotChange = (s: Pick<Snapshot, "nodes" | "disks">): readonly Node[] => {
  const disks = s.disks.filter(({ read_only }) => read_only);
  return disks.length === 0 ? [] : nodesOnDisk({ nodes: s.nodes, disks });
};
