import { freeSlots } from "./budget.ts";
import { oldestFirst } from "./choose.ts";
import { reasonsToShed } from "./pressure.ts";
import type { Rule } from "./rule.ts";
import { isOutdated, nodesThatAre } from "./snapshot.ts";

/** Upgrades outdated running nodes, the oldest first, when the operator allows it and the machine is not under pressure. */
export const upgrade: Rule = (s) => {
  const to = s.binary.version;
  if (!s.upgrades || to === undefined || reasonsToShed(s).length > 0) return [];
  return oldestFirst(nodesThatAre(s, "RUNNING").filter((node) => isOutdated(node, s.binary)))
    .slice(0, freeSlots(s, "upgrades"))
    .map((node) => ({ type: "upgrade", node: node.id, to, reason: `version ${node.version} < ${to}` }));
};
