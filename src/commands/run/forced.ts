import { Refused } from "../../base/errors.ts";
import { barred } from "../../decide/barred.ts";
import { force, untouched } from "../../decide/force.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Teardown } from "../../execute/teardown.ts";
import type { Action } from "../../model/action.ts";
import { type Node, storageOf } from "../../model/node.ts";
import type { Outcome } from "../../model/outcome.ts";
import { forcedResult } from "../../report/forced-result.ts";
import type { Result } from "../../report/run-result.ts";
import type { RequestOf } from "../request.ts";

type ForcedRequest = RequestOf<"force_action" | "teardown">;

/** The plan of a forced action. Throws Refused when it depends on something unreadable. Pure. */
export function forcedPlan(request: ForcedRequest, snapshot: Snapshot): readonly Action[] {
  if (request.action === "add" && snapshot.no_new_node !== undefined)
    throw new Refused(`No node is added: ${snapshot.no_new_node}`);
  const plan = force(request.action, request.target, snapshot);
  for (const action of plan) {
    const because = barred(action, snapshot.unreadable, "operator", snapshot.nodes);
    if (because !== undefined) throw new Refused(because);
  }
  return plan;
}

/** The result of a forced action. `method`: how a teardown removed the nodes. Pure. */
export function resultOfForced(
  request: ForcedRequest,
  outcomes: readonly Outcome[],
  snapshot: Snapshot,
  method: Teardown["method"],
): Result {
  const { dry_run, action: type, target } = request;
  return forcedResult({
    type,
    byName: "ids" in target,
    outcomes,
    untouched: leftAlone(request, snapshot),
    nothing: type === "move" ? noneIn(target.from, snapshot.nodes) : undefined,
    method,
    dry_run,
  });
}

/** The named nodes on which the action has nothing to do. Pure. */
export const leftAlone = ({ action, target }: ForcedRequest, snapshot: Snapshot) =>
  untouched(action, target, snapshot);

/** A sentence that no node is in the folder, and where nodes are, because the path may be mistyped or an alias. */
function noneIn(from: string | undefined, nodes: readonly Node[]): string | undefined {
  const storages = [...new Set(nodes.map(storageOf))];
  return from === undefined || storages.includes(from) || storages.length === 0
    ? undefined
    : `No node is in ${from}; nodes are in ${storages.join(", ")}`;
}
