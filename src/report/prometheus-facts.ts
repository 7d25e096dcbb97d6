import type { Snapshot } from "../decide/snapshot.ts";
import type { Finding } from "../model/finding.ts";
import type { Seconds } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { Totals } from "../model/totals.ts";

/** What metrics are written from. */
export type PrometheusFacts = {
  readonly snapshot: Snapshot;
  readonly run: RunRecord | undefined;
  readonly version: string;
  readonly findings: readonly Finding[];
  /** When the nodes were last asked; undefined: never. */
  readonly surveyed_at: Seconds | undefined;
  readonly totals: Totals;
  /** Atto that all nodes earned in the last 24 hours. */
  readonly earned_day: bigint;
};
