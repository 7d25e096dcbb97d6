import type { Seconds } from "./node.ts";

/** How the last working run ended, for monitoring. */
export type RunRecord = {
  readonly ended_at: Seconds;
  readonly duration_ms: number;
  readonly status: string;
  /** Numbers of actions that succeeded and failed. */
  readonly done: number;
  readonly failed: number;
  /** What an idle run waited for, as a key that changes when that does; undefined: the run was not idle. */
  readonly awaits?: string | undefined;
};

/** The status of a colony that wnm has let go. */
export const RELEASED = "released";
