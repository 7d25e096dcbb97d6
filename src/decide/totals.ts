import type { ActionType } from "../model/action-types.ts";
import { actionTypeOf } from "../model/action-types.ts";
import { type Node, type NodeId, recordedProcess } from "../model/node.ts";
import type { Outcome } from "../model/outcome.ts";
import type { NodeTotals, Totals } from "../model/totals.ts";
import { sameProcess } from "./lifecycle/processes.ts";

/** The facts of one run for the totals. */
export type Counts = {
  /** The stored nodes, in the same order as `nodes`. */
  readonly before: readonly Node[];
  readonly nodes: readonly Node[];
  readonly died: readonly NodeId[];
  readonly outcomes: readonly Outcome[];
  /** The number of refused runs since the last working one. */
  readonly refused: number;
};

/** Adds a run to the totals. A removed node's own totals are dropped; the colony's stay. Pure. */
export function addToTotals(last: Totals, run: Counts): Totals {
  const done = run.outcomes.filter((outcome) => outcome.ok && outcome.under_way === undefined);
  const restarted = [...restartedByWnm(done), ...restartedBySupervisor(run)];
  const known = new Map([...last.nodes].filter(([id]) => run.nodes.some((node) => node.id === id)));
  for (const id of new Set([...run.died, ...restarted])) {
    const { deaths, restarts } = known.get(id) ?? { deaths: 0, restarts: 0 };
    known.set(id, { deaths: deaths + times(id, run.died), restarts: restarts + times(id, restarted) });
  }
  return {
    deaths: last.deaths + run.died.length,
    restarts: last.restarts + restarted.length,
    refused: last.refused + run.refused,
    actions: addActions(last.actions, done),
    nodes: known,
  };
}

/** The totals of a node; zeros if there are none yet. */
export const totalsOf = ({ nodes }: Totals, id: NodeId): NodeTotals =>
  nodes.get(id) ?? { deaths: 0, restarts: 0 };

const times = (id: NodeId, ids: readonly NodeId[]): number => ids.filter((one) => one === id).length;

/** Nodes restarted by wnm, not counting first starts. */
const restartedByWnm = (done: readonly Outcome[]): readonly NodeId[] =>
  done.flatMap(({ action }) => {
    const { starts_process, creates_node } = actionTypeOf(action.type);
    return starts_process && !creates_node && "node" in action ? [action.node] : [];
  });

/** Nodes found with a different process from the recorded one. */
const restartedBySupervisor = ({ before, nodes }: Counts): readonly NodeId[] =>
  nodes.flatMap((node, i) => {
    const old = before[i];
    const [was, is] = [old && recordedProcess(old), recordedProcess(node)];
    if (is === undefined) return [];
    const differs = was !== undefined && !sameProcess(was, is);
    const returned = node.died_at !== undefined && node.died_at !== old?.died_at;
    const count = returned ? Math.max(1, node.crashes - (old?.crashes ?? 0)) : Number(differs);
    return Array<NodeId>(count).fill(node.id);
  });

function addActions(last: Totals["actions"], done: readonly Outcome[]): Totals["actions"] {
  const counted: { [T in ActionType]?: number } = { ...last };
  for (const { action } of done)
    if (actionTypeOf(action.type).becomes !== undefined)
      counted[action.type] = (counted[action.type] ?? 0) + 1;
  return counted;
}
