import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Action } from "../model/action.ts";
import type { ActionType } from "../model/action-types.ts";
import type { Node, Seconds } from "../model/node.ts";
import { folderTrace } from "../os/files/folder-trace.ts";
import { type ExecutionContext, keep } from "./context.ts";

/** A failed start counts as a crash, which has its own counter and back-off. */
const COUNTED_AS_CRASHES: ReadonlySet<ActionType> = new Set(["start"]);

/**
 * Records the failure on the node, so that the action is retried with back-off. `before`: the node when the action began,
 * at `since`. Returns true when it failed for the same reason before.
 */
export function recordFailure(
  context: ExecutionContext,
  action: Action,
  because: string,
  { before, since }: { readonly before: Node | undefined; readonly since: Seconds },
): boolean {
  const node = "node" in action ? context.nodes.get(action.node) : undefined;
  // A refused removal has already been undone.
  const isByHand = action.type === "remove" && action.cause === "by hand";
  if (isByHand && node?.status !== "REMOVING") return false;
  if (node === undefined || COUNTED_AS_CRASHES.has(action.type)) return false;
  const is_move = action.type === "move";
  // A move that was refused or rolled back left the node as it was.
  if (is_move && node.status !== "MIGRATING" && node.moving_from === undefined) return false;
  // What a failed add leaves is cleaned up by a removal, so that is the action to retry.
  const type = action.type === "add" ? "remove" : action.type;
  const isLeft = type === "remove" && node.pid === undefined;
  const obstacle = isLeft ? folderTrace([node.root_dir, node.log_dir ?? []].flat()) : undefined;
  const failed = BECOMES.failed(node, before ?? node, { action: type, because, obstacle }, since);
  keep(context, failed);
  return failed.failures > 1 && (is_move || before?.problem === because);
}

/** Clears the failures of the node that the action succeeded on. */
export function recordSuccess(context: ExecutionContext, action: Action): void {
  const node = "node" in action ? context.nodes.get(action.node) : undefined;
  if (node !== undefined && node.failures > 0) keep(context, BECOMES.succeeded(node));
}
