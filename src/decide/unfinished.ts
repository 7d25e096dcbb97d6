import type { Action } from "../model/action.ts";
import type { Rule } from "./rule.ts";

/** Finishes what an earlier run began: removals whose time has come, and stops that a kill interrupted. */
export const unfinished: Rule = (s) => {
  const actions: Action[] = [];
  for (const node of s.nodes) {
    if (node.wanted !== "stopped") continue;
    const since = s.now - node.status_since;
    if (node.status === "REMOVING" && since >= s.config.delay_remove) {
      const reason = `it was stopped ${since} s ago >= delay_remove ${s.config.delay_remove} s`;
      actions.push({ type: "remove", node: node.id, when: "now", reason });
    } else if (node.pid !== undefined && node.status === "REMOVING") {
      const reason = "it is to be removed and still runs";
      actions.push({ type: "remove", node: node.id, when: "after delay", reason });
    } else if (node.pid !== undefined && node.status === "DISABLED") {
      actions.push({ type: "disable", node: node.id, reason: "it is disabled and still runs" });
    } else if (node.pid !== undefined) {
      actions.push({ type: "stop", node: node.id, reason: "it was to be stopped and still runs" });
    }
  }
  return actions;
};
