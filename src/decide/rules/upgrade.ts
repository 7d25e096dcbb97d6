import { inFlight } from "../../model/node.ts";
import { freeSlots } from "../budget.ts";
import { oldestFirst } from "../choose.ts";
import { withoutWait } from "../pressure.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { mayUpgrade, nodesThatAre, trustIn } from "../snapshot.ts";

/**
 * Upgrades outdated running nodes, the oldest first, if the operator allows it, the machine is not under pressure and no
 * node is being removed. An unproven version goes to one node first; the others wait until that one is healthy.
 */
export const upgrade: Rule = (s) => {
  const to = s.binary.version;
  const trust = trustIn(s);
  if (!s.upgrades || to === undefined || trust === "none") return [];
  if (nodesThatAre(s, "REMOVING").some(inFlight)) return [];
  const outdated = withoutWait(s, nodesThatAre(s, "RUNNING")).filter((node) => mayUpgrade(s, node));
  return triable(oldestFirst(outdated), "upgrade", s.now)
    .slice(0, trust === "one" ? Math.min(1, freeSlots(s, "upgrades")) : freeSlots(s, "upgrades"))
    .map((node) => ({ type: "upgrade", node: node.id, to, reason: `version ${node.version} < ${to}` }));
};
