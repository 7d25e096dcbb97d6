import type { Action } from "../model/action.ts";
import { ACTION_TYPES } from "../model/action-types.ts";
import type { Node, Seconds } from "../model/node.ts";
import { isDown, type Snapshot } from "./snapshot.ts";

/** Nodes that failed within this time of each other failed together. */
const TOGETHER_SECONDS = 3600;
const CRASH_LOOP = 3;

/** A sentence when more than max(3, 45 %) of the nodes failed together, since the machine is then the likely cause. */
export function massFailure(s: Pick<Snapshot, "nodes">): string | undefined {
  const counted = s.nodes.filter((node) => node.status !== "DISABLED");
  const bad = mostTogether(counted.flatMap((node) => badSince(node) ?? []));
  return bad > Math.max(3, counted.length * 0.45)
    ? `${bad} of ${counted.length} nodes went bad together, so the machine is the likely cause; nothing is restarted, upgraded or removed until they are back`
    : undefined;
}

/** The largest number of moments within TOGETHER_SECONDS of each other. */
function mostTogether(moments: readonly Seconds[]): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let [first, most] = [0, 0];
  for (const [i, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) > TOGETHER_SECONDS) first++;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

/** Since when the node has a failure that may be the machine's fault; undefined: it is well, or the fault is its own. */
function badSince(node: Node): Seconds | undefined {
  if (node.status === "DEAD") return node.status_since;
  if (node.upgraded_itself) return undefined;
  // A node stopped for a removal that was then cancelled did not fail.
  if (isDown(node))
    return node.removal_cause === undefined && node.crashes < CRASH_LOOP ? node.status_since : undefined;
  return node.status === "RUNNING" ? node.silent_since : undefined;
}

/** True for an action that costs a node its process or its data. */
export const isDestructive = ({ type }: Pick<Action, "type">): boolean => ACTION_TYPES[type].destructive;
