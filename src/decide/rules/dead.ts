import { otherFolderOf } from "../../model/node.ts";
import type { Rule } from "../rule.ts";
import { nodesThatAre } from "../snapshot.ts";

/**
 * Removes what is left of a node whose folder is gone although its storage is present, since it cannot come back. If a
 * move left another folder, that one holds its last key, and only the operator may give it up.
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
