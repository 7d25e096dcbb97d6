import type { Action } from "../../model/action.ts";
import { type Node, otherFolderOf, storageOf } from "../../model/node.ts";
import { awaitsRemoval, neededRemovals } from "../needed.ts";
import type { Rule } from "../rule.ts";
import type { Snapshot } from "../snapshot.ts";
import { nodesThatCannotChange } from "./read-only.ts";

/** Finishes the work of earlier runs: removals that are due, and stops that were interrupted or failed. */
export const unfinished: Rule = (s) => {
  const needed = new Set(neededRemovals(s));
  const fixed = new Set(nodesThatCannotChange(s));
  return s.nodes.flatMap((node): Action | readonly [] => {
    const moving = restOfMove(s, node);
    if (moving !== undefined) return moving;
    if (node.status === "REMOVING") {
      if (fixed.has(node) && node.pid === undefined) return [];
      return !awaitsRemoval(node) || needed.has(node) ? (removal(s, node) ?? []) : [];
    }
    if (node.stopping_since !== undefined && node.wanted === "running")
      return {
        type: "restart",
        node: node.id,
        reason: `it was asked to end ${s.now - node.stopping_since} s ago and still runs`,
      };
    if (node.wanted !== "stopped" || (node.pid === undefined && node.stopping_since === undefined)) return [];
    return node.status === "DISABLED"
      ? { type: "disable", node: node.id, reason: "it is disabled and still runs" }
      : { type: "stop", node: node.id, reason: "it was to be stopped and still runs" };
  });
};

/** Continues an interrupted move, and deletes its leftover folder once the node runs or is not supposed to run. */
function restOfMove(s: Snapshot, node: Node): Action | undefined {
  const { id, moving_to, status, wanted } = node;
  const other = otherFolderOf(node);
  if (other === undefined || s.doubtful.has(id)) return undefined;
  if (status === "MIGRATING" || moving_to !== undefined)
    return {
      ...{ type: "move", node: id, to: storageOf({ root_dir: moving_to ?? node.root_dir }) },
      reason: "its move was interrupted",
    };
  const rests = wanted === "stopped" && (status === "STOPPED" || status === "DISABLED");
  return status === "RUNNING" || rests
    ? {
        ...{ type: "move", node: id, to: storageOf(node) },
        reason: `a move has left ${other}, which is still to be deleted`,
      }
    : undefined;
}

function removal(s: Snapshot, node: Node): Action | undefined {
  const action = { type: "remove", node: node.id, cause: node.removal_cause ?? "needed" } as const;
  if (!awaitsRemoval(node))
    return { ...action, when: "now", reason: `its removal (${node.removal_cause}) was interrupted` };
  if (node.pid !== undefined || node.stopping_since !== undefined)
    return { ...action, when: "after delay", reason: "it is to be removed and still runs" };
  const since = s.now - node.status_since;
  const { delay_remove } = s.config;
  return since >= delay_remove
    ? { ...action, when: "now", reason: `it was stopped ${since} s ago >= delay_remove ${delay_remove} s` }
    : undefined;
}
