import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, Seconds } from "../../model/node.ts";

/** Clears what the last failed action recorded. */
export const NO_FAILURE = {
  failures: 0,
  failed_action: undefined,
  failed_at: undefined,
  obstacle: undefined,
} as const;

/** The fields of an aborted move: only the copy remains, to be deleted. */
const movesOf = ({ moving_to, moving_from }: Node): Pick<Node, "moving_to" | "moving_from"> =>
  moving_to === undefined ? { moving_to, moving_from } : { moving_to: undefined, moving_from: moving_to };

/** Aborts a move in progress. */
export const withoutMove = (node: Node): Node => ({ ...node, ...movesOf(node) });

/** Changes the status, clears intentions and failures of the previous one, and aborts a move. */
export const become = (node: Node, status: Node["status"], now: Seconds): Node =>
  node.status === status
    ? node
    : {
        ...node,
        ...NO_FAILURE,
        ...(status === ACTION_TYPES.move.becomes ? {} : movesOf(node)),
        stopping_to_restart: false,
        status,
        status_since: now,
        wanted_before: undefined,
        removal_cause: undefined,
      };
