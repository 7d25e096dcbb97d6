import { decide } from "./decide/decide.ts";
import { force, untouched } from "./decide/force.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import type { Outcome } from "./execute/execute.ts";
import type { Teardown } from "./execute/teardown.ts";
import type { Action } from "./model/action.ts";
import { forceResult, type Result, tickResult } from "./report/outcome.ts";
import type { Request } from "./request.ts";

/** What a working run does: what it decides, or what was forced. */
export type Work = Extract<Request, { kind: "tick" | "force" }>;

/** What is to be done. Pure. */
export function planOf(request: Work, snapshot: Snapshot): readonly Action[] {
  if (request.kind === "tick") return decide(snapshot);
  return force(request.action, request.target, snapshot);
}

/** What was done, as programs read it. `method` is how a teardown removed the nodes. Pure. */
export function resultOf(
  request: Work,
  outcomes: readonly Outcome[],
  s: Snapshot,
  method: Teardown["method"] = "individual-remove",
): Result {
  const { dry_run } = request;
  if (request.kind === "tick") return tickResult(outcomes, s.nodes, dry_run);
  const { action: type, target } = request;
  const by_name = "ids" in target;
  return forceResult({ type, by_name, outcomes, untouched: untouched(type, target, s), method, dry_run });
}
