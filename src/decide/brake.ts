import type { Action } from "../model/action.ts";
import type { Node } from "../model/node.ts";
import { isDown, type Snapshot } from "./snapshot.ts";

/** A node that went bad longer ago than this is a node's trouble, not the machine's. */
const FRESH_SECONDS = 3600;
const CRASH_LOOP = 3;

/**
 * When more than max(3, 45 %) of the nodes went bad together, the cause is the machine and not the nodes.
 * Answers with the sentence to print; undefined while all is well.
 */
export function massFailure(s: Pick<Snapshot, "nodes" | "now">): string | undefined {
  const counted = s.nodes.filter((node) => node.status !== "DISABLED");
  const bad = counted.filter((node) => wentBad(node, s.now)).length;
  return bad > Math.max(3, counted.length * 0.45)
    ? `${bad} of ${counted.length} nodes went bad together, so the machine is the likely cause; nothing is stopped, upgraded or removed until they are back`
    : undefined;
}

function wentBad(node: Node, now: number): boolean {
  if (node.status === "DEAD") return true;
  if (node.upgraded_itself) return false;
  if (isDown(node)) return node.crashes < CRASH_LOOP && now - node.status_since < FRESH_SECONDS;
  return (
    node.status === "RUNNING" && node.silent_since !== undefined && now - node.silent_since < FRESH_SECONDS
  );
}

/** Costs a node its process or its data. */
export const isDestructive = (action: Action): boolean =>
  action.type === "remove" ||
  action.type === "replace" ||
  action.type === "stop" ||
  action.type === "restart" ||
  action.type === "upgrade";
