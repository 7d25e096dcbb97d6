import { ACTION_TYPES, type ActionType } from "../../model/action-types.ts";
import type { Node, ProcessIdentity, Seconds } from "../../model/node.ts";
import { failedBefore } from "../retry.ts";
import { become, NO_FAILURE, withoutMove } from "./become.ts";
import { DIED_AT_START } from "./deaths.ts";
import { MOVES } from "./moves.ts";
import { withProcess } from "./processes.ts";
import { REMOVALS } from "./removals.ts";
import { STOPS } from "./stops.ts";
import { NO_PROCESS, withoutProcess, withoutReadings } from "./unseen.ts";

/** A failed action on a node: the reason, and what it left behind if that matters. */
type Failure = {
  readonly action: ActionType;
  readonly because: string;
  readonly obstacle: string | undefined;
};

/** The node's state before and after each action. Apart from `lifecycle/settle.ts`, only this assigns a status. */
export const BECOMES = {
  starting: (node: Node, now: Seconds): Node => ({
    ...become({ ...withoutReadings(node), status: "STOPPED" }, ACTION_TYPES.start.becomes, now),
    wanted: "running",
    upgraded_itself: false,
    silent_since: undefined,
    died_at: undefined,
  }),
  upgrading: (node: Node, now: Seconds): Node => ({
    ...become({ ...withoutReadings(node), status: "STOPPED" }, ACTION_TYPES.upgrade.becomes, now),
    previous_version: node.previous_version ?? node.version,
    wanted: "running",
    // Crashes of the old program do not count against the new one.
    crashes: 0,
    upgraded_itself: false,
    silent_since: undefined,
    died_at: undefined,
  }),
  rollingBack: (node: Node, now: Seconds): Node => ({
    ...become({ ...withoutReadings(node), status: "STOPPED" }, ACTION_TYPES.rollback.becomes, now),
    wanted: "running",
    silent_since: undefined,
    died_at: undefined,
    crashes: 0,
  }),
  /** If the manager does not report the process, the next survey finds it. */
  started: (node: Node, process: ProcessIdentity | undefined): Node =>
    process === undefined
      ? { ...node, ...NO_PROCESS }
      : {
          ...withProcess(node, process),
          stopping_since: undefined,
          stopping_to_restart: false,
          supervisor_restarts: 0,
        },
  ...STOPS,
  failedToStart: (node: Node, because: string, now: Seconds): Node => ({
    ...become({ ...node, ...NO_PROCESS }, "STOPPED", now),
    crashes: Math.max(node.crashes + 1, DIED_AT_START),
    problem: because,
    silent_since: undefined,
  }),
  ...REMOVALS,
  ...MOVES,
  /** The action failed at `now`; `before` is the node before the attempt. */
  failed: (node: Node, before: Node, failure: Failure, now: Seconds): Node => ({
    ...node,
    failures: (failedBefore(before, failure.action) ? before.failures : 0) + 1,
    failed_action: failure.action,
    failed_at: now,
    obstacle: failure.obstacle,
    // A leftover second folder is no reason to show for the node's state.
    problem:
      failure.action === "move" && node.status !== ACTION_TYPES.move.becomes ? node.problem : failure.because,
  }),
  succeeded: (node: Node): Node => ({ ...node, ...NO_FAILURE }),
  withoutProcess,
  disabled: (node: Node, now: Seconds): Node => ({
    ...withoutMove(become(node, ACTION_TYPES.disable.becomes, now)),
    wanted: "stopped",
  }),
  enabled: (node: Node, now: Seconds): Node => ({
    ...become(node, ACTION_TYPES.enable.becomes, now),
    wanted: "stopped",
    crashes: 0,
  }),
} as const;
