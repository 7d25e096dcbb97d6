import type { HostMetrics } from "./host.ts";
import type { Seconds } from "./node.ts";

/** Measurements that are remembered minute by minute. */
export const SAMPLED = [
  "used_cpu_percent",
  "used_mem_percent",
  "used_hd_percent",
  "load_average_1",
  "load_average_5",
  "load_average_15",
  "hdio_read_bytes",
  "hdio_write_bytes",
  "netio_read_bytes",
  "netio_write_bytes",
] as const satisfies readonly (keyof HostMetrics)[];
export type Sampled = (typeof SAMPLED)[number];

/** Measurements whose medians are kept for a day. */
export const SUMMARISED = [
  "used_cpu_percent",
  "used_mem_percent",
  "used_hd_percent",
  "load_average_1",
] as const satisfies readonly Sampled[];
export type Summarised = (typeof SUMMARISED)[number];

/** The machine in one minute, and how many nodes lived then. undefined: could not be measured. */
export type Sample = { readonly taken_at: Seconds; readonly nodes: number } & Pick<HostMetrics, Sampled>;

/** Medians of a quarter of an hour. */
export type Quarter = { readonly began_at: Seconds; readonly nodes: number } & Pick<HostMetrics, Summarised>;

/** A node's data that were deleted for a full disk: what was free before, and what the node was found to hold. */
export type Deletion = {
  readonly deleted_at: Seconds;
  readonly free_hd_bytes: number;
  readonly data_bytes: number;
};

/** What earlier runs saw and did, as far as deciding needs it. The oldest come first. */
export type History = {
  /** At most one for each minute. */
  readonly samples: readonly Sample[];
  readonly quarters: readonly Quarter[];
  /** The last deletion for a full disk. */
  readonly deletion: Deletion | undefined;
  /** Attempts in a row to add a node that failed, and when the last one did. */
  readonly failed_adds: number;
  readonly add_failed_at: Seconds | undefined;
};

/** The history of a new colony. */
export const NO_HISTORY: History = {
  samples: [],
  quarters: [],
  deletion: undefined,
  failed_adds: 0,
  add_failed_at: undefined,
};
