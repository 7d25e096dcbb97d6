import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, RemovalCause, Seconds } from "../../model/node.ts";
import { become } from "./become.ts";
import { withoutProcess } from "./unseen.ts";

/** The node's states while it is removed, or kept after all. */
export const REMOVALS = {
  removing: (node: Node, cause: RemovalCause, now: Seconds): Node => ({
    ...become(node, ACTION_TYPES.remove.becomes, now),
    wanted: "stopped",
    wanted_before: node.status === "REMOVING" ? node.wanted_before : node.wanted,
    removal_cause: node.removal_cause === "begun" ? "begun" : cause,
  }),
  /** The point of no return: what remains may be a folder without its key. A dead node has no key to lose. */
  deleting: (node: Node): Node => ({
    ...withoutProcess(node),
    has_key: false,
    peer_id: undefined,
    removal_cause: node.removal_cause === "dead" ? "dead" : "begun",
  }),
  /** The removal is cancelled; the earlier desired state is restored. */
  kept: (node: Node, now: Seconds): Node => {
    const is_down = node.pid === undefined && node.stopping_since === undefined;
    return {
      ...become(node, is_down ? "STOPPED" : "RUNNING", now),
      wanted: node.status === "REMOVING" ? (node.wanted_before ?? "stopped") : node.wanted,
      removal_cause: is_down ? "needed" : undefined,
    };
  },
} as const;
