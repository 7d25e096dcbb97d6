import type { Node } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import { nodesOnDisk } from "../disks.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import type { Snapshot } from "../snapshot.ts";

/**
 * Stops the nodes of a disk that has become read-only: they store nothing and answer with errors, which their peers
 * hold against them. They keep their data, and start when the disk can be written again.
 */
export const readOnlyDisk: Rule = (s) => {
  const due = nodesThatCannotChange(s).filter(({ status, wanted }) => isUp(status) && wanted === "running");
  return triable(due, "stop", s.now).map((node) => ({
    type: "stop",
    node: node.id,
    reason: `its disk is read-only: ${node.root_dir}`,
  }));
};

/** Nodes whose folders can be neither written nor deleted now. */
export const nodesThatCannotChange = (s: Pick<Snapshot, "nodes" | "disks">): readonly Node[] => {
  const disks = s.disks.filter(({ read_only }) => read_only);
  return disks.length === 0 ? [] : nodesOnDisk({ nodes: s.nodes, disks });
};
