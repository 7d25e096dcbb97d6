import { freeSlots } from "./budget.ts";
import { oldestFirst } from "./choose.ts";
import { reasonsToShed } from "./pressure.ts";
import type { Rule } from "./rule.ts";
import { isOutdated, nodesThatAre, trustIn } from "./snapshot.ts";

/**
 * Upgrades outdated running nodes, the oldest first, when the operator allows it and the machine is not under pressure.
 * A version that no node has proven yet goes to one node alone; the others wait until that one is healthy.
 */
export const upgrade: Rule = (s) => {
  const to = s.binary.version;
  const trust = trustIn(s);
  if (!s.upgrades || to === undefined || trust === "none" || reasonsToShed(s).length > 0) return [];
  return oldestFirst(nodesThatAre(s, "RUNNING").filter((node) => isOutdated(node, s.binary)))
    .slice(0, trust === "one" ? Math.min(1, freeSlots(s, "upgrades")) : freeSlots(s, "upgrades"))
    .map((node) => ({ type: "upgrade", node: node.id, to, reason: `version ${node.version} < ${to}` }));
};
