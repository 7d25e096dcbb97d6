import { decide } from "../../decide/decide.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import type { RequestOf } from "../request.ts";

/** What a working run does: what it decides, or what the operator forces. */
export type WorkRequest = RequestOf<"run" | "force_action" | "teardown">;

/** What is to be done. Throws Refused. A run of cron does not load the code of forced actions. */
export async function planOf(request: WorkRequest, snapshot: Snapshot): Promise<readonly Action[]> {
  if (request.kind === "run") return decide(snapshot);
  const { forcedPlan } = await import("./forced.ts");
  return forcedPlan(request, snapshot);
}

/** True for a plan that only says why nothing is done. Pure. */
export const isIdle = (plan: readonly Action[]): boolean => plan.some(({ type }) => type === "idle");

/** False for a plan that the observation alone has carried out: idling, or a survey. Pure. */
export const changesAnything = (plan: readonly Action[]): boolean =>
  plan.some(({ type }) => type !== "idle" && type !== "survey");
