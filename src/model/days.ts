import type { Sampled } from "./history.ts";
import type { HostMetrics } from "./host.ts";
import type { NodeId, Seconds } from "./node.ts";
import type { Totals } from "./totals.ts";

/** The actions and measurements of one hour's runs. */
export type Hour = {
  /** A full hour of Unix time. */
  readonly began_at: Seconds;
  /** The number of runs, of those that acted, and of those with a failure. */
  readonly runs: number;
  readonly acted: number;
  readonly failed: number;
  /** The longest time between the ends of two runs, counted in the hour in which it ended. */
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

/** The runs of an hour, for the history. */
export type HourRuns = Pick<Hour, "began_at" | "runs" | "acted" | "failed" | "longest_gap">;

/** A node on one day. */
export type NodeDay = {
  /** "2026-11-28", in the zone of the machine. */
  readonly day: string;
  readonly node: NodeId;
  /** Seconds with a process, as observed by runs. */
  readonly up_seconds: Seconds;
  /** Unexpected ends. */
  readonly deaths: number;
  /** At the end of the day. */
  readonly records: number | undefined;
  /** Atto that it earned on this day. */
  readonly earned: bigint;
  /** How often peers had shunned it by the end of the day. */
  readonly shunned: number | undefined;
};

/** A day in the zone of the machine: "2026-11-28", from `began_at` until before `ends_at`. */
export type LocalDay = { readonly day: string; readonly began_at: Seconds; readonly ends_at: Seconds };

/** The statistics of the current hour and day. */
export type Tally = {
  /** The day of the last run. */
  readonly today: LocalDay;
  /** When the last run was counted. */
  readonly at: Seconds;
  readonly hour: Hour;
  readonly days: readonly NodeDay[];
  readonly totals: Totals;
};
