import type { Action } from "../model/action.ts";
import { type ActionType, actionTypesThat } from "../model/action-types.ts";
import type { Node, Seconds } from "../model/node.ts";

/** The back-off: 1, 2, 5, 15, 30, 60 minutes after successive failures, then hourly. */
const WAITS: readonly Seconds[] = [60, 120, 300, 900, 1800, 3600];

/** The wait after this many failures in a row; 0 without failures. */
export const backOff = (failures: number): Seconds => WAITS[Math.min(failures, WAITS.length) - 1] ?? 0;

/** Actions that stop the node's process; an obstacle to one is an obstacle to all. */
const ENDS: ReadonlySet<ActionType> = new Set(actionTypesThat((row) => row.ends_process === "mainly"));
const ENDS_FIRST: ReadonlySet<ActionType> = new Set(actionTypesThat((row) => row.ends_process !== "no"));

/** True when the last attempt of this action on the node failed, or of another one with the same obstacle. */
export const failedBefore = (node: Node, type: ActionType): boolean =>
  node.failures > 0 &&
  node.failed_action !== undefined &&
  (node.failed_action === type || (ENDS.has(node.failed_action) && ENDS_FIRST.has(type)));

/** When a failed action may be retried on the node. */
export const nextTryAt = (node: Node): Seconds =>
  node.failed_at === undefined ? node.status_since : node.failed_at + backOff(node.failures);

/** False while the action waits for its next retry on this node. A failure in the future is a clock error, so ignored. */
export const mayTry = (node: Node, type: ActionType, now: Seconds): boolean =>
  !failedBefore(node, type) || nextTryAt(node) <= now || (node.failed_at ?? 0) > now;

/** The nodes on which the action may be tried, in order, with earlier failures last. */
export function triable(nodes: readonly Node[], type: ActionType, now: Seconds): readonly Node[] {
  const allowed = nodes.filter((node) => mayTry(node, type, now));
  const failed = (node: Node): boolean => failedBefore(node, type);
  return [...allowed.filter((node) => !failed(node)), ...allowed.filter(failed)];
}

type Colony = { readonly nodes: readonly Node[] };

const nodeOf = (s: Colony, action: Action): Node | undefined =>
  "node" in action ? s.nodes.find(({ id }) => id === action.node) : undefined;

/** True unless the action waits for its next retry. */
export function isDue(s: Colony & { readonly now: Seconds }, action: Action): boolean {
  const node = nodeOf(s, action);
  return node === undefined || mayTry(node, action.type, s.now);
}

/** True when the last attempt failed, so the next one is likely to fail too. */
export function isRetry(s: Colony, action: Action): boolean {
  const node = nodeOf(s, action);
  return node !== undefined && failedBefore(node, action.type);
}
