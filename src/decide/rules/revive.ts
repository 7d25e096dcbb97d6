import type { Action } from "../../model/action.ts";
import type { Node, Seconds } from "../../model/node.ts";
import { UP_STATUSES } from "../../model/node-status.ts";
import { freeSlots, neverAutomatic } from "../budget.ts";
import { oldestFirst } from "../choose.ts";
import { headroom } from "../headroom.ts";
import { isSteady, withoutWait } from "../pressure.ts";
import { backOff, mayTry } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { isDown, mayUpgrade, nodesThatAre, type Snapshot, trustIn } from "../snapshot.ts";

/** When a node that went down may be started again; after the first crash, immediately. */
export const retryAt = (node: Node): Seconds => node.status_since + backOff(node.crashes - 1);

/**
 * Starts nodes that went down unasked, the oldest first, even at the cap: they were running, so this is not growth, and
 * the only condition is that the machine is not under pressure.
 */
export const revive: Rule = (s) => {
  // Doubtful nodes are included, because they may be running.
  const up = nodesThatAre(s, ...UP_STATUSES).length + s.nodes.filter(({ id }) => s.doubtful.has(id)).length;
  const room = s.config.node_cap - up;
  const due = oldestFirst(
    withoutWait(
      s,
      s.nodes.filter((node) => isDown(node) && retryAt(node) <= s.now),
    ),
  );
  if (due.length === 0) return [];
  // A node that exited to upgrade itself only continues, so it needs no slot.
  const upgraded = neverAutomatic(s, "starts") ? [] : due.filter((node) => node.upgraded_itself);
  const others = due.filter((node) => !node.upgraded_itself);
  const by_headroom = isSteady(s) && !neverAutomatic(s, "starts") ? headroom(s) : 0;
  const at_once = Math.max(freeSlots(s, "starts"), by_headroom);
  const slots = Math.max(0, Math.min(at_once, room - upgraded.length));
  return [...upgraded.slice(0, Math.max(0, room)), ...others.slice(0, slots)].map((node) =>
    startOrUpgrade(s, node, whyDown(s, node)),
  );
};

const whyDown = (s: Snapshot, node: Node): string => {
  if (node.removal_cause !== undefined) return "its removal was cancelled";
  const ago = `it went down ${s.now - node.status_since} s ago`;
  return node.problem === undefined ? ago : `${ago}: ${node.problem}`;
};

/** Starts the node; an outdated one is upgraded instead, if upgrades are allowed and this one did not just fail. */
export function startOrUpgrade(s: Snapshot, node: Node, reason: string): Action {
  const may_upgrade =
    s.upgrades && !neverAutomatic(s, "upgrades") && trustIn(s) === "all" && mayTry(node, "upgrade", s.now);
  return may_upgrade && s.binary.version !== undefined && mayUpgrade(s, node)
    ? {
        type: "upgrade",
        node: node.id,
        to: s.binary.version,
        reason: `${reason}; ${node.version} < ${s.binary.version}`,
      }
    : { type: "start", node: node.id, reason };
}
