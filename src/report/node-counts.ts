import type { Node } from "../model/node.ts";

/** The number of nodes per state, as shown. */
export type NodeCounts = {
  readonly total: number;
  /** Running, and answered the last survey. */
  readonly up: number;
  /** Running without an answer. */
  readonly silent: number;
  readonly starting: number;
  readonly upgrading: number;
  readonly leaving: number;
  /** Down although it should run. */
  readonly down: number;
  /** Stopped for load, or by hand. */
  readonly stopped: number;
  readonly disabled: number;
  readonly dead: number;
};

/** Counts the nodes. Pure. */
export function nodeCounts(nodes: readonly Node[]): NodeCounts {
  const counts = {
    ...{ total: nodes.length, up: 0, silent: 0, starting: 0, upgrading: 0, leaving: 0 },
    ...{ down: 0, stopped: 0, disabled: 0, dead: 0 },
  };
  for (const node of nodes) counts[stateOf(node)]++;
  return counts;
}

type State = Exclude<keyof NodeCounts, "total">;

/** The state under which the node is counted. */
export function stateOf({ status, silent_since, wanted }: Node): State {
  switch (status) {
    case "RUNNING":
      return silent_since === undefined ? "up" : "silent";
    case "RESTARTING":
      return "starting";
    case "UPGRADING":
    case "MIGRATING":
      return "upgrading";
    case "REMOVING":
      return "leaving";
    case "STOPPED":
      return wanted === "running" ? "down" : "stopped";
    case "DISABLED":
      return "disabled";
    case "DEAD":
      return "dead";
  }
}
