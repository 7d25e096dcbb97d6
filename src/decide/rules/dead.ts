import { otherFolderOf } from "../../model/node.ts";
import type { Rule } from "../rule.ts";
import { nodesThatAre } from "../snapshot.ts";

/**
 * A node whose folder is gone from storage that is there cannot come back: what is left of it is removed. Where a move has
 * left another folder, that is the last one with its key, and only the operator may give it up.
 */
export const dead: Rule = (s) =>
  nodesThatAre(s, "DEAD")
    .filter((node) => otherFolderOf(node) === undefined)
    .map((node) => ({
      type: "remove",
      node: node.id,
      when: "now",
      cause: "dead",
      reason: `it is dead: its folder ${node.root_dir} is gone`,
    }));
