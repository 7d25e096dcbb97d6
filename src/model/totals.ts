import type { ActionType } from "./action-types.ts";
import type { NodeId } from "./node.ts";

/** Counters of a node in the colony. */
export type NodeTotals = {
  /** Unexpected ends. */
  readonly deaths: number;
  /** Times that wnm or its supervisor started it again. */
  readonly restarts: number;
};

/** What has been counted since the colony began, for monitoring: it only grows. */
export type Totals = NodeTotals & {
  /** Runs that were refused. */
  readonly refused: number;
  /** Actions that succeeded. */
  readonly actions: { readonly [T in ActionType]?: number };
  /** Only nodes with a count. */
  readonly nodes: ReadonlyMap<NodeId, NodeTotals>;
};

export const NO_TOTALS: Totals = { deaths: 0, restarts: 0, refused: 0, actions: {}, nodes: new Map() };
