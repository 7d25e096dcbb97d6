import { WnmError } from "../errors.ts";
import { type Action, type ActionType, describe, type Plan } from "../model/action.ts";
import { type Node, type NodeId, nodeLabel } from "../model/node.ts";
import { add } from "./add.ts";
import { removeLater, removeNow } from "./remove.ts";
import { replace } from "./replace.ts";
import { disable, enable, restart, start, stop } from "./start.ts";
import type { Tools } from "./tools.ts";
import { rollback, upgrade } from "./upgrade.ts";

/** How an action ended. */
export type Outcome = { readonly action: Action } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string }
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
  for (const [i, action] of plan.entries()) {
    if (i > 0 && gap_ms > 0) await tools.sleep(gap_ms);
    if (action.type !== "idle") tools.log(describe(action));
    try {
      await (HOW[action.type] as Do<ActionType>)(action, tools);
      outcomes.push({ action, ok: true });
    } catch (error) {
      if (!(error instanceof WnmError)) throw error;
      outcomes.push({ action, ok: false, error: error.message });
    }
  }
  return outcomes;
}

function nodeOf(tools: Tools, id: NodeId): Node {
  const node = tools.nodes.get(id);
  if (node === undefined) throw new WnmError(`${nodeLabel({ id })} is no longer in the colony`);
  return node;
}
