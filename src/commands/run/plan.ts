import { Refused } from "../../base/errors.ts";
import { barred } from "../../decide/barred.ts";
import { decide } from "../../decide/decide.ts";
import { force } from "../../decide/force.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import type { RequestOf } from "../request.ts";

/** What a working run does: what it decides, or what the operator forces. */
export type WorkRequest = RequestOf<"run" | "force_action" | "teardown">;

/** What is to be done. Pure. Throws Refused when a forced action depends on something that cannot be read. */
export function planOf(request: WorkRequest, snapshot: Snapshot): readonly Action[] {
  if (request.kind === "run") return decide(snapshot);
  if (request.action === "add" && snapshot.no_new_node !== undefined)
    throw new Refused(`No node is added: ${snapshot.no_new_node}`);
  const plan = force(request.action, request.target, snapshot);
  for (const action of plan) {
    const because = barred(action, snapshot.unreadable, "operator", snapshot.nodes);
    if (because !== undefined) throw new Refused(because);
  }
  return plan;
}

/** True for a plan that only says why nothing is done. Pure. */
export const isIdle = (plan: readonly Action[]): boolean => plan.some(({ type }) => type === "idle");

/** False for a plan that the observation alone has carried out: idling, or a survey. Pure. */
export const changesAnything = (plan: readonly Action[]): boolean =>
  plan.some(({ type }) => type !== "idle" && type !== "survey");
