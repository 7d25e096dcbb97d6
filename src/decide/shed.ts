import type { Action } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import { freeSlots } from "./budget.ts";
import { youngestFirst } from "./choose.ts";
import { diskPressure, overCap, reasonsToShed } from "./pressure.ts";
import type { Rule } from "./rule.ts";
import { inFlightCount, isOutdated, nodesThatAre, type Snapshot } from "./snapshot.ts";

/**
 * Gives nodes up while the machine is under pressure, the youngest first.
 * A full disk, too many nodes, or upgrades that wait for room cost a node its data: a stopped one at once, else a
 * running one after delay_remove. Any other pressure only stops a node.
 */
export const shed: Rule = (s) => {
  const pressure = reasonsToShed(s);
  const excess = overCap(s);
  if (pressure.length === 0 && excess === undefined) return [];
  if (inFlightCount(s) >= s.config.max_concurrent_operations) return [];
  const reason = [...pressure, ...(excess === undefined ? [] : [excess])].join(", ");
  if (diskPressure(s) || excess !== undefined || upgradesWait(s)) return giveUp(s, reason);
  const [youngest] = youngestFirst(nodesThatAre(s, "RUNNING"));
  return youngest === undefined ? [] : [{ type: "stop", node: youngest.id, reason }];
};

const upgradesWait = (s: Snapshot): boolean =>
  s.upgrades &&
  nodesThatAre(s, "REMOVING").length === 0 &&
  nodesThatAre(s, "RUNNING").some((node) => isOutdated(node, s.binary));

function giveUp(s: Snapshot, reason: string): readonly Action[] {
  const excess = Math.max(1, s.nodes.length - s.config.node_cap);
  const slots = Math.min(freeSlots(s, "removals"), excess);
  const remove =
    (when: "now" | "after delay") =>
    (node: Node): Action => ({ type: "remove", node: node.id, when, reason });
  const stopped = youngestFirst(nodesThatAre(s, "STOPPED")).slice(0, slots).map(remove("now"));
  if (stopped.length > 0) return stopped;
  return youngestFirst(nodesThatAre(s, "RUNNING")).slice(0, slots).map(remove("after delay"));
}
