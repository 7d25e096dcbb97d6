import type { Seconds } from "./node.ts";

/** How the last working run ended; kept for those that watch from outside. */
export type RunRecord = {
  readonly ended_at: Seconds;
  readonly duration_ms: number;
  readonly status: string;
  /** Actions that succeeded, and that did not. */
  readonly done: number;
  readonly failed: number;
};
