import type { Action } from "../model/action.ts";
import type { Node, Seconds } from "../model/node.ts";
import { freeSlots } from "./budget.ts";
import { oldestFirst } from "./choose.ts";
import { reasonsToShed } from "./pressure.ts";
import type { Rule } from "./rule.ts";
import { isDown, isOutdated, nodesThatAre, type Snapshot, trustIn } from "./snapshot.ts";

/** Waits before the next try after that many deaths in a row: 1, 2, 5, 15, 30, 60 minutes, then hourly. */
const BACK_OFF: readonly Seconds[] = [0, 0, 60, 120, 300, 900, 1800, 3600];

/** When a node that went down may be started again. The first death is forgiven at once. */
export const retryAt = (node: Node): Seconds =>
  node.status_since + (BACK_OFF[Math.min(node.crashes, BACK_OFF.length - 1)] ?? 0);

/**
 * Starts nodes that went down without being asked to, the oldest first, also at the cap: they were running, so this
 * is not growth and asks only that the machine is not under pressure.
 */
export const revive: Rule = (s) => {
  if (reasonsToShed(s).length > 0) return [];
  const room = s.config.node_cap - nodesThatAre(s, "RUNNING", "RESTARTING", "UPGRADING").length;
  const due = oldestFirst(s.nodes.filter((node) => isDown(node) && retryAt(node) <= s.now));
  // A node that ended for a version it gave itself only goes on: it waits for no slot.
  const upgraded = due.filter((node) => node.upgraded_itself);
  const others = due.filter((node) => !node.upgraded_itself);
  const slots = Math.max(0, Math.min(freeSlots(s, "starts"), room - upgraded.length));
  return [...upgraded.slice(0, Math.max(0, room)), ...others.slice(0, slots)].map((node) =>
    startOrUpgrade(s, node, whyDown(s, node)),
  );
};

const whyDown = (s: Snapshot, node: Node): string => {
  const ago = `it went down ${s.now - node.status_since} s ago`;
  return node.problem === undefined ? ago : `${ago}: ${node.problem}`;
};

/** Starting an outdated node is the moment to upgrade it, when upgrades are allowed. */
export function startOrUpgrade(s: Snapshot, node: Node, reason: string): Action {
  return s.upgrades && s.binary.version !== undefined && isOutdated(node, s.binary) && trustIn(s) === "all"
    ? {
        type: "upgrade",
        node: node.id,
        to: s.binary.version,
        reason: `${reason}; ${node.version} < ${s.binary.version}`,
      }
    : { type: "start", node: node.id, reason };
}
