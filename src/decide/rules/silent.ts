import { freeSlots } from "../budget.ts";
import { oldestFirst } from "../choose.ts";
import { withoutWait } from "../pressure.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { nodesThatAre } from "../snapshot.ts";

/** Restarts nodes that run but have not answered for delay_restart. */
export const silent: Rule = (s) => {
  const due = withoutWait(s, nodesThatAre(s, "RUNNING")).filter(
    (node) => node.silent_since !== undefined && s.now - node.silent_since > s.config.delay_restart,
  );
  return triable(oldestFirst(due), "restart", s.now)
    .slice(0, freeSlots(s, "starts"))
    .map((node) => ({
      type: "restart",
      node: node.id,
      reason: `silent for ${s.now - (node.silent_since ?? s.now)} s > delay_restart ${s.config.delay_restart} s`,
    }));
};
