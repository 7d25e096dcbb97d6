import { Denied } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node } from "../model/node.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { endNode } from "./end-node.ts";
import { hasEnded } from "./node-state.ts";

/** Stops the node and keeps its data. Throws WnmError; StillStopping while the stop is in progress. */
export async function stop(context: ExecutionContext, node: Node): Promise<void> {
  const stopping = keep(context, BECOMES.stopping(node));
  await keepIfDenied(context, node, () => endNode(context, stopping));
  keep(context, BECOMES.stopped(stopping, context.now()));
}

/** Reverts the desired state if permission is missing, so that no later run stops a node that was reported as running. */
async function keepIfDenied(
  context: ExecutionContext,
  before: Node,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (error instanceof Denied && !(await hasEnded(context, before))) keep(context, before);
    throw error;
  }
}

/** Stops the node until the operator enables it. */
export async function disable(context: ExecutionContext, node: Node): Promise<void> {
  const disabled = keep(context, BECOMES.disabled(node, context.now()));
  await keepIfDenied(context, node, () => endNode(context, disabled));
  keep(context, BECOMES.withoutProcess(disabled));
}

/** Enables a disabled node; it starts when there is capacity. */
export async function enable(context: ExecutionContext, node: Node): Promise<void> {
  keep(context, BECOMES.enabled(node, context.now()));
}

/** Stops a node that keeps crashing, until its next retry is due. */
export async function hold(context: ExecutionContext, node: Node): Promise<void> {
  await endNode(context, node);
  keep(context, BECOMES.heldBack(node, context.now()));
}
