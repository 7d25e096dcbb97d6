import type { Action } from "../../model/action.ts";
import { ACTION_TYPES } from "../../model/action-types.ts";
import type { ColonyEvent, EventKind } from "../../model/event.ts";
import type { Node, NodeId } from "../../model/node.ts";
import type { Circumstances } from "./circumstances.ts";

/**
 * The event for a step of an action that changed the node's status or failed; undefined for a step not worth recording.
 * `before` is undefined for a new node, `after` for a deleted one. Pure.
 */
export function eventOfStep(
  actions: readonly Action[],
  before: Node | undefined,
  after: Node | undefined,
  circumstances: Circumstances,
): ColonyEvent | undefined {
  const id = after?.id ?? before?.id;
  const action = actions.find((one) => ("node" in one && one.node === id) || ("by" in one && one.by === id));
  const what = after === undefined ? gone(action, id) : step(action, before, after);
  if (what === undefined) return undefined;
  const [kind, reason] = what;
  const [from_status, to_status] = [before?.status, after?.status];
  return { ...circumstances, node: id, kind, from_status, to_status, reason };
}

type What = readonly [kind: EventKind, reason: string] | undefined;

const gone = (action: Action | undefined, id: NodeId | undefined): What =>
  action?.type === "add" || (action?.type === "replace" && action.by === id)
    ? ["remove", "what it left is deleted again"]
    : ["remove", "its data are deleted, and it is gone"];

function step(action: Action | undefined, before: Node | undefined, after: Node): What {
  if (after.stopping_since !== undefined && before?.stopping_since === undefined)
    return ["stop", `under way: it was asked to end${action === undefined ? "" : `; ${action.reason}`}`];
  if (before !== undefined && before.status === after.status && isOneStep(before, after))
    return failure(before, after);
  if (action === undefined) return ["changed", after.problem ?? ""];
  const { type, reason } = action;
  if (type === "replace")
    return action.by === after.id ? becoming("add", after, reason) : becoming("remove", after, reason);
  if (type === "upgrade" && after.status === ACTION_TYPES.rollback.becomes)
    return ["rollback", after.problem ?? reason];
  // After a move the node starts or stays down as before; a failure of that has its own event.
  if (type === "move" && before !== undefined && after.status !== ACTION_TYPES.move.becomes)
    return failure(before, after);
  // A restart that could not end the process leaves the node as it was; so does its failure.
  if (type === "restart" && before?.stopping_to_restart === true && after.stopping_to_restart)
    return failure(before, after);
  return type === "survey" || type === "idle" ? undefined : becoming(type, after, reason);
}

/** True when no new event is due: the status stays, or it is the second half of a restart, whose event is recorded. */
const isOneStep = (before: Node, after: Node): boolean =>
  before.status_since === after.status_since || before.stopping_to_restart;

/** The event if the status is what the action leads to; any other status means that it failed. */
const becoming = (
  type: Exclude<Action["type"], "survey" | "idle" | "replace">,
  after: Node,
  reason: string,
): What =>
  ACTION_TYPES[type].becomes === after.status
    ? [type, reason]
    : ["failed", `${type}: ${after.problem ?? "it could not be done"}`];

/** A failure is recorded once per reason. The executor records that of a finished move, whose node keeps no reason. */
const failure = (before: Node, after: Node): What =>
  after.failures > before.failures &&
  (after.failed_action !== "move" || after.status === ACTION_TYPES.move.becomes) &&
  (after.failures === 1 || after.problem !== before.problem)
    ? ["failed", `${after.failed_action}: ${after.problem}`]
    : undefined;
