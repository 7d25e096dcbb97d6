import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, Seconds } from "../../model/node.ts";

/** Without what the last failed action left behind. */
export const NO_FAILURE = {
  failures: 0,
  failed_action: undefined,
  failed_at: undefined,
  obstacle: undefined,
} as const;

/** Another status begins without what was meant or failed in the one before; it ends a move, whose copy is only to be deleted. */
export const become = (node: Node, status: Node["status"], now: Seconds): Node =>
  node.status === status
    ? node
    : {
        ...node,
        ...NO_FAILURE,
        ...(node.moving_to !== undefined &&
          status !== ACTION_TYPES.move.becomes && { moving_to: undefined, moving_from: node.moving_to }),
        status,
        status_since: now,
        wanted_before: undefined,
        removal_cause: undefined,
      };
