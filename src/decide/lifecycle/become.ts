import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, Seconds } from "../../model/node.ts";

/** Without what the last failed action left behind. */
export const NO_FAILURE = {
  failures: 0,
  failed_action: undefined,
  failed_at: undefined,
  obstacle: undefined,
} as const;

/** A move that is given up leaves the copy, which is only to be deleted. */
const movesOf = ({ moving_to, moving_from }: Node): Pick<Node, "moving_to" | "moving_from"> =>
  moving_to === undefined ? { moving_to, moving_from } : { moving_to: undefined, moving_from: moving_to };

/** The node without a move that is under way. */
export const withoutMove = (node: Node): Node => ({ ...node, ...movesOf(node) });

/** Another status begins without what was meant or failed in the one before; it ends a move, whose copy is only to be deleted. */
export const become = (node: Node, status: Node["status"], now: Seconds): Node =>
  node.status === status
    ? node
    : {
        ...node,
        ...NO_FAILURE,
        ...(status === ACTION_TYPES.move.becomes ? {} : movesOf(node)),
        being_ended: false,
        status,
        status_since: now,
        wanted_before: undefined,
        removal_cause: undefined,
      };
