import { NoRights, WnmError } from "../errors.ts";
import { type Action, type ActionType, describe, type Plan } from "../model/action.ts";
import { type ManagerKind, type Node, type NodeId, nodeLabel } from "../model/node.ts";
import { add, addTogether } from "./add.ts";
import { defineFirst } from "./define.ts";
import { removeLater, removeNow } from "./remove.ts";
import { replace } from "./replace.ts";
import { disable, enable, restart, start, startTogether, stop } from "./start.ts";
import { failureOf } from "./together.ts";
import type { Tools } from "./tools.ts";
import { rollback, upgrade } from "./upgrade.ts";

/** How an action ended. */
export type Outcome = { readonly action: Action } & (
  | { readonly ok: true }
  /** `denied`: not the action failed, but the right to do it is missing. */
  | { readonly ok: false; readonly error: string; readonly denied?: boolean }
);

type Do<T extends ActionType> = (action: Extract<Action, { type: T }>, tools: Tools) => Promise<void>;

const HOW: { readonly [T in ActionType]: Do<T> } = {
  add: (action, tools) => add(tools, action.node),
  start: (action, tools) => start(tools, nodeOf(tools, action.node)),
  stop: (action, tools) => stop(tools, nodeOf(tools, action.node)),
  restart: (action, tools) => restart(tools, nodeOf(tools, action.node)),
  disable: (action, tools) => disable(tools, nodeOf(tools, action.node)),
  enable: (action, tools) => enable(tools, nodeOf(tools, action.node)),
  upgrade: (action, tools) => upgrade(tools, nodeOf(tools, action.node)),
  rollback: (action, tools) => rollback(tools, nodeOf(tools, action.node), action.to, action.reason),
  replace: (action, tools) => replace(tools, nodeOf(tools, action.node), action.by),
  remove: (action, tools) =>
    (action.when === "now" ? removeNow : removeLater)(tools, nodeOf(tools, action.node)),
  // The survey of this run has been made before anything was decided.
  survey: async () => {},
  idle: async () => {},
};

/** Does each action in order, `gap_ms` apart. One failure does not stop the rest; a bug (not a WnmError) does. */
export async function execute(plan: Plan, tools: Tools, gap_ms: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const kinds = new Set(plan.map((action) => managerOf(action, tools)));
  await defineFirst(plan, tools, gap_ms);
  for (const [i, group] of groupsOf(plan, tools, gap_ms).entries()) {
    if (i > 0 && gap_ms > 0) await tools.sleep(gap_ms);
    for (const action of group) if (action.type !== "idle") tools.log(describe(action));
    outcomes.push(
      ...(await (group.length > 1 ? performTogether(group, tools) : performOne(group[0], tools))),
    );
  }
  for (const kind of kinds) {
    const failure = await failureOf(async () => tools.manager(kind).finish?.());
    if (failure instanceof WnmError) outcomes.push({ action: plan[0], ok: false, error: failure.message });
  }
  return outcomes;
}

type Group = readonly [Action, ...Action[]];

/** Starts and adds that may be made together, because nothing is asked to happen between them; every other action alone. */
function groupsOf(plan: Plan, tools: Tools, gap_ms: number): readonly Group[] {
  const groups: [Action, ...Action[]][] = [];
  const joins = (action: Action, last: Action | undefined): boolean =>
    gap_ms === 0 &&
    (action.type === "start" || action.type === "add") &&
    last?.type === action.type &&
    managerOf(action, tools) === managerOf(last, tools) &&
    tools.manager(managerOf(action, tools)).startAll !== undefined;
  for (const action of plan) {
    const last = groups.at(-1);
    if (joins(action, last?.at(-1))) last?.push(action);
    else groups.push([action]);
  }
  return groups;
}

function managerOf(action: Action, tools: Tools): ManagerKind {
  const node = "node" in action ? tools.nodes.get(action.node) : undefined;
  return node?.manager_type ?? tools.config.process_manager;
}

async function performOne(action: Action, tools: Tools): Promise<readonly Outcome[]> {
  const failure = await failureOf(() => (HOW[action.type] as Do<ActionType>)(action, tools));
  return [outcomeOf(action, failure instanceof WnmError ? failure : undefined)];
}

async function performTogether(group: Group, tools: Tools): Promise<readonly Outcome[]> {
  const ids = group.flatMap((action) => ("node" in action ? action.node : []));
  const failures =
    group[0].type === "add"
      ? await addTogether(tools, ids)
      : await startTogether(
          tools,
          ids.map((id) => nodeOf(tools, id)),
        );
  return group.map((action) => outcomeOf(action, "node" in action ? failures.get(action.node) : undefined));
}

const outcomeOf = (action: Action, failure: WnmError | undefined): Outcome =>
  failure === undefined
    ? { action, ok: true }
    : { action, ok: false, error: failure.message, denied: failure instanceof NoRights };

function nodeOf(tools: Tools, id: NodeId): Node {
  const node = tools.nodes.get(id);
  if (node === undefined) throw new WnmError(`${nodeLabel({ id })} is no longer in the colony`);
  return node;
}
