import { DeletionRefused, Denied, Refused } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node } from "../model/node.ts";
import { isUp } from "../model/node-status.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { hasEnded } from "./node-state.ts";

/** True when permission is missing, or the system or wnm refused; other failures are worth a retry. */
export const wasRefused = (failure: unknown): boolean =>
  failure instanceof Denied || failure instanceof Refused || failure instanceof DeletionRefused;

/**
 * Restores the node's state from before a refused removal, so that no later run removes it once it has permission. If the
 * removal had already stopped the node, it is recorded as down, and starts again if it should run.
 */
export async function undoRemoval(context: ExecutionContext, before: Node): Promise<void> {
  const { status } = before;
  const ended = await hasEnded(context, before);
  const node = ended ? BECOMES.withoutProcess(before) : before;
  const wasLeaving = status === "REMOVING" && before.removal_cause === "by hand";
  keep(context, wasLeaving || (isUp(status) && ended) ? BECOMES.kept(node, context.now()) : node);
}
