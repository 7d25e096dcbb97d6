import type { Rule } from "./rule.ts";
import { nodesThatAre } from "./snapshot.ts";

/** A node whose folder is gone from storage that is there cannot come back: what is left of it is removed. */
export const dead: Rule = (s) =>
  nodesThatAre(s, "DEAD").map((node) => ({
    type: "remove",
    node: node.id,
    when: "now",
    reason: `it is dead: its folder ${node.root_dir} is gone`,
  }));
