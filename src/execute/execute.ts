import { Denied, failureOf, StillStopping, WnmError } from "../base/errors.ts";
import type { Action, Plan } from "../model/action.ts";
import { type ActionType, actionTypeOf } from "../model/action-types.ts";
import { type ManagerKind, type Node, type NodeId, nodeLabel } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import { add, addMany } from "./add.ts";
import { type ExecutionContext, recordFailureEvent } from "./context.ts";
import { move } from "./move.ts";
import { recordFailure, recordSuccess } from "./record-result.ts";
import { refreshDefinitions } from "./refresh-definitions.ts";
import { removeNow, stopForRemoval } from "./remove.ts";
import { replace } from "./replace.ts";
import { rollback } from "./rollback.ts";
import { requireAnswers } from "./silent-share.ts";
import { restart, start, startMany } from "./start.ts";
import { disable, enable, hold, stop } from "./stop.ts";
import { upgrade } from "./upgrade.ts";

type Step<T extends ActionType> = (
  action: Extract<Action, { type: T }>,
  context: ExecutionContext,
) => Promise<void>;

const STEPS: { readonly [T in ActionType]: Step<T> } = {
  add: (action, context) => add(context, action.node, action.storage),
  start: (action, context) => start(context, nodeOf(context, action.node)),
  stop: (action, context) => stop(context, nodeOf(context, action.node)),
  hold: (action, context) => hold(context, nodeOf(context, action.node)),
  restart: (action, context) => restart(context, nodeOf(context, action.node)),
  disable: (action, context) => disable(context, nodeOf(context, action.node)),
  enable: (action, context) => enable(context, nodeOf(context, action.node)),
  upgrade: (action, context) => upgrade(context, nodeOf(context, action.node)),
  rollback: (action, context) => rollback(context, nodeOf(context, action.node), action.to, action.reason),
  replace: (action, context) => replace(context, nodeOf(context, action.node), action.by, action.storage),
  move: (action, context) => move(context, nodeOf(context, action.node), action.to),
  remove: (action, context) =>
    (action.when === "now" ? removeNow : stopForRemoval)(context, nodeOf(context, action.node), action.cause),
  // Observation has already surveyed the nodes.
  survey: async () => {},
  idle: async () => {},
};

/** Executes the actions in order, `gap` milliseconds apart. A WnmError fails only its action; other errors propagate. */
export async function execute(
  plan: Plan,
  context: ExecutionContext,
  gap: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const kinds = new Set(plan.map((action) => managerOf(action, context)));
  await refreshDefinitions(plan, context, gap);
  for (const [i, group] of groupsOf(plan, context, gap).entries()) {
    if (i > 0 && gap > 0) await context.sleep(gap);
    for (const action of group) context.begins(action);
    const done = await (group.length > 1 ? performMany(group, context) : performOne(group[0], context));
    for (const outcome of done) context.ended(outcome);
    outcomes.push(...done);
  }
  for (const kind of kinds) {
    const failure = await failureOf(async () => context.manager(kind).finish?.());
    if (!(failure instanceof WnmError)) continue;
    const unfinished: Outcome = { action: plan[0], ok: false, error: failure.message };
    context.ended(unfinished);
    outcomes.push(unfinished);
  }
  return outcomes;
}

type Group = readonly [Action, ...Action[]];

/** Groups consecutive starts or adds that one manager call can do, if no gap is requested; others are single. */
function groupsOf(plan: Plan, context: ExecutionContext, gap: number): readonly Group[] {
  const groups: [Action, ...Action[]][] = [];
  const joins = (action: Action, last: Action | undefined): boolean =>
    gap === 0 &&
    (action.type === "start" || action.type === "add") &&
    last?.type === action.type &&
    managerOf(action, context) === managerOf(last, context) &&
    context.manager(managerOf(action, context)).startAll !== undefined;
  for (const action of plan) {
    const last = groups.at(-1);
    if (joins(action, last?.at(-1))) last?.push(action);
    else groups.push([action]);
  }
  return groups;
}

function managerOf(action: Action, context: ExecutionContext): ManagerKind {
  const node = "node" in action ? context.nodes.get(action.node) : undefined;
  return node?.manager_type ?? context.config.process_manager;
}

async function performOne(action: Action, run: ExecutionContext): Promise<readonly Outcome[]> {
  const context: ExecutionContext = { ...run, actions: [action], recorded: new Set() };
  const before = "node" in action ? context.nodes.get(action.node) : undefined;
  const since = context.now();
  const failure = await failureOf(async () => {
    await requireAnswers(context, action);
    await (STEPS[action.type] as Step<ActionType>)(action, context);
  });
  if (!(failure instanceof WnmError)) {
    await failureOf(async () => recordSuccess(context, action));
    return [{ action, ok: true }];
  }
  if (failure instanceof StillStopping && actionTypeOf(action.type).ends_process !== "no")
    return [{ action, ok: true, under_way: failure.message }];
  // If this cannot be stored either, the failure of the action itself is reported.
  const noted = await failureOf(async () =>
    recordFailure(context, action, failure.message, { before, since }),
  );
  if (noted !== true) await failureOf(async () => recordFailureEvent(context, action, failure.message));
  return [{ ...failed(action, failure), again: noted === true }];
}

async function performMany(group: Group, run: ExecutionContext): Promise<readonly Outcome[]> {
  const context: ExecutionContext = { ...run, actions: group, recorded: new Set() };
  const refused = new Map<Action, WnmError>();
  for (const action of group) {
    const refusal = await failureOf(() => requireAnswers(context, action));
    if (refusal instanceof WnmError) refused.set(action, refusal);
  }
  const possible = group.filter((action) => !refused.has(action));
  const failures =
    group[0].type === "add"
      ? await addMany(
          context,
          possible.flatMap((action) =>
            action.type === "add" ? { id: action.node, storage: action.storage } : [],
          ),
        )
      : await startMany(
          context,
          possible.flatMap((action) => ("node" in action ? nodeOf(context, action.node) : [])),
        );
  const outcomes = group.map((action) =>
    outcomeOf(action, refused.get(action) ?? ("node" in action ? failures.get(action.node) : undefined)),
  );
  for (const outcome of outcomes)
    if (!outcome.ok) await failureOf(async () => recordFailureEvent(context, outcome.action, outcome.error));
  return outcomes;
}

const outcomeOf = (action: Action, failure: WnmError | undefined): Outcome =>
  failure === undefined ? { action, ok: true } : failed(action, failure);

const failed = (action: Action, failure: WnmError) =>
  ({ action, ok: false, error: failure.message, denied: failure instanceof Denied }) as const;

function nodeOf(context: ExecutionContext, id: NodeId): Node {
  const node = context.nodes.get(id);
  if (node === undefined) throw new WnmError(`${nodeLabel({ id })} is no longer in the colony`);
  return node;
}
