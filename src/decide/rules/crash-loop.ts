import { counted } from "../../base/text.ts";
import type { Node } from "../../model/node.ts";
import { isUp } from "../../model/node-status.ts";
import { backOff } from "../retry.ts";
import type { Rule } from "../rule.ts";
import type { Snapshot } from "../snapshot.ts";

/** Nodes that died and restarted within these seconds share one cause, such as a restart of their supervisor. */
const TOGETHER = { died: 60, started: 10 } as const;
/** More than this share of the running nodes counts as many; a single node never does. */
const MANY_SHARE = 0.45;
/** Up to this many times in a row the cause may be external; after that the nodes are treated like any others. */
const MOST_TOGETHER = 5;

/**
 * Stops a node that keeps crashing and whose supervisor restarts it before its back-off is over. The first crash is
 * forgiven, as are the first ones shared by many nodes, because the supervisor has already repaired them.
 */
export const crashLoop: Rule = (s) => {
  const up = s.nodes.filter(({ status }) => isUp(status));
  return up.flatMap((node) => {
    if (node.died_at === undefined) return [];
    const wait = node.died_at + backOff(node.crashes - 1) - s.now;
    if (wait <= 0 || (node.crashes <= MOST_TOGETHER && diedTogether(up, node))) return [];
    return [
      {
        type: "hold",
        node: node.id,
        reason: `it ended ${counted(node.crashes, "time")} in a row; it starts again in ${wait} s`,
      },
    ];
  });
};

/** True when many nodes died at the same time as this one. */
function diedTogether(up: Snapshot["nodes"], node: Node): boolean {
  const isNear = (a: number | undefined, b: number | undefined, most: number): boolean =>
    a === undefined || b === undefined || Math.abs(a - b) <= most;
  const dead = up.filter(
    ({ died_at, uptime }) =>
      died_at !== undefined &&
      isNear(died_at, node.died_at, TOGETHER.died) &&
      isNear(uptime, node.uptime, TOGETHER.started),
  );
  return dead.length > Math.max(1, up.length * MANY_SHARE);
}
