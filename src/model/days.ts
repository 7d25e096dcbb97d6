import type { Sampled } from "./history.ts";
import type { HostMetrics } from "./host.ts";
import type { NodeId, Seconds } from "./node.ts";
import type { Totals } from "./totals.ts";

/** What the runs of one hour did and measured. */
export type Hour = {
  /** A full hour of Unix time. */
  readonly began_at: Seconds;
  /** Working runs, how many of them did something, and how many of those had a failure. */
  readonly runs: number;
  readonly acted: number;
  readonly failed: number;
  /** Longest time between the ends of two runs; one that began in an earlier hour counts where it ended. */
  readonly longest_gap: Seconds;
  /** Nodes of the colony at the last run. */
  readonly nodes: number;
  /** Fewest and most nodes that had a process. */
  readonly fewest_up: number;
  readonly most_up: number;
  /** Records of all nodes at the last run. */
  readonly records: number;
  /** Atto that the nodes earned in this hour. */
  readonly earned: bigint;
  /** At the last run. */
  readonly free_hd_bytes: number | undefined;
  /** Means over the runs. */
} & Pick<HostMetrics, Sampled>;

/** The machine on one day, in the fields of an hour: means, but the fewest and most nodes with a process. */
export type MachineDay = Pick<
  Hour,
  | "began_at"
  | "nodes"
  | "fewest_up"
  | "most_up"
  | "records"
  | "earned"
  | "used_cpu_percent"
  | "used_mem_percent"
  | "used_hd_percent"
>;

/** What the history says of the runs of an hour. */
export type HourRuns = Pick<Hour, "began_at" | "runs" | "acted" | "failed" | "longest_gap">;

/** A node on one day. */
export type NodeDay = {
  /** "2026-11-28", in the zone of the machine. */
  readonly day: string;
  readonly node: NodeId;
  /** Seconds with a process, as far as runs saw it. */
  readonly up_seconds: Seconds;
  /** Unexpected ends. */
  readonly deaths: number;
  /** At the end of the day. */
  readonly records: number | undefined;
  /** Atto that it earned on this day. */
  readonly earned: bigint;
  /** Times that peers shunned it so far, at the end of the day. */
  readonly shunned: number | undefined;
};

/** A day in the zone of the machine: "2026-11-28", from `began_at` until before `ends_at`. */
export type LocalDay = { readonly day: string; readonly began_at: Seconds; readonly ends_at: Seconds };

/** What is counted of the hour and the day that have not ended. */
export type Tally = {
  /** The day of the last run. */
  readonly today: LocalDay;
  /** When the last run was counted. */
  readonly at: Seconds;
  readonly hour: Hour;
  readonly days: readonly NodeDay[];
  readonly totals: Totals;
};
