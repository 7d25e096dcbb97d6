import { decide } from "../../decide/decide.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import type { RequestOf } from "../request.ts";

/** A request that acts on nodes: a plain run or a forced action. */
export type WorkRequest = RequestOf<"run" | "force_action" | "teardown">;

/** The plan of this run. Throws Refused. A plain run does not load the code of forced actions. */
export async function planOf(request: WorkRequest, snapshot: Snapshot): Promise<readonly Action[]> {
  if (request.kind === "run") return decide(snapshot);
  const { forcedPlan } = await import("./forced.ts");
  return forcedPlan(request, snapshot);
}

/** True for a plan whose only purpose is to say why nothing is done. Pure. */
export const isIdle = (plan: readonly Action[]): boolean => plan.some(({ type }) => type === "idle");

/** False for a plan that needs no execution: idling, or a survey, which the observation has already done. Pure. */
export const changesAnything = (plan: readonly Action[]): boolean =>
  plan.some(({ type }) => type !== "idle" && type !== "survey");
