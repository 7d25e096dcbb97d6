import type { Node } from "../../model/node.ts";
import { removeLines } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { nodesThatAre, type Snapshot } from "../snapshot.ts";
import { emergencies } from "../windows.ts";
import { stopOrder, stopsFor } from "./shed.ts";

/**
 * Stops nodes at once when the machine is about to fail, even while other work is in progress: first those whose stop was
 * interrupted, then the youngest.
 */
export const emergency: Rule = (s) => {
  const reasons = emergencies(s);
  if (reasons.length === 0) return [];
  const lines = removeLines(s.config).filter(({ on }) => on === "mem" || on === "load");
  const begun = stopsCutShort(s);
  return [...begun, ...stopOrder(s, true)]
    .filter(({ id }) => !s.doubtful.has(id))
    .slice(0, Math.max(begun.length, stopsFor(s, lines)))
    .map((node) => ({ type: "stop", node: node.id, reason: reasons.join(", ") }));
};

/** Interrupted stops. Failed ones do not count, because a node that cannot be stopped must not keep others running. */
const stopsCutShort = (s: Snapshot): readonly Node[] =>
  nodesThatAre(s, "RUNNING", "RESTARTING").filter(
    ({ wanted, pid, failed_action }) =>
      wanted === "stopped" && pid !== undefined && failed_action === undefined,
  );
