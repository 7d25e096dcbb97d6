import type { Node, Seconds } from "../../model/node.ts";

/** Shifts the node's times by a jump of the wall clock, so no wait becomes shorter or longer. */
export const afterClockJump = (node: Node, jump: Seconds): Node =>
  jump === 0
    ? node
    : {
        ...node,
        status_since: node.status_since + jump,
        born_at: node.born_at + jump,
        failed_at: node.failed_at === undefined ? undefined : node.failed_at + jump,
        counted_at: node.counted_at === undefined ? undefined : node.counted_at + jump,
        stopping_since: node.stopping_since === undefined ? undefined : node.stopping_since + jump,
        silent_since: node.silent_since === undefined ? undefined : node.silent_since + jump,
        died_at: node.died_at === undefined ? undefined : node.died_at + jump,
      };
