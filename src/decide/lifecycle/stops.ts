import { ACTION_TYPES } from "../../model/action-types.ts";
import type { Node, Seconds } from "../../model/node.ts";
import { become } from "./become.ts";
import { NO_PROCESS, withoutReadings } from "./unseen.ts";

/** The node's states before and after a stop. */
export const STOPS = {
  /** Its process was asked to end at `since` or earlier, and still runs. */
  ending: (node: Node, since: Seconds): Node => ({ ...node, stopping_since: node.stopping_since ?? since }),
  /** Its process is about to be asked to end, though it is to run again. */
  aboutToEnd: (node: Node): Node =>
    node.stopping_to_restart ? node : { ...node, stopping_to_restart: true },
  stopping: (node: Node): Node => ({ ...node, wanted: "stopped" }),
  stopped: (node: Node, now: Seconds): Node => ({
    ...become({ ...withoutReadings(node), ...NO_PROCESS }, ACTION_TYPES.stop.becomes, now),
    wanted: "stopped",
    silent_since: undefined,
    died_at: undefined,
  }),
  /** Stopped because its supervisor restarted it too fast; started again after its back-off. */
  heldBack: (node: Node, now: Seconds): Node => ({
    ...become({ ...withoutReadings(node), ...NO_PROCESS }, "STOPPED", now),
    wanted: "running",
    silent_since: undefined,
    died_at: undefined,
  }),
} as const;
