import type { HostMetrics } from "./host.ts";
import type { Seconds } from "./node.ts";

/** Measurements stored for every minute. */
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

/** Measurements whose quarter-hour medians are kept for a day. */
export const SUMMARISED = [
  "used_cpu_percent",
  "used_mem_percent",
  "used_hd_percent",
  "load_average_1",
] as const satisfies readonly Sampled[];
export type Summarised = (typeof SUMMARISED)[number];

/** The machine's measurements and the number of running nodes in one minute. undefined: could not be measured. */
export type Sample = { readonly taken_at: Seconds; readonly nodes: number } & Pick<HostMetrics, Sampled>;

/** Medians of a quarter of an hour. */
export type Quarter = { readonly began_at: Seconds; readonly nodes: number } & Pick<HostMetrics, Summarised>;

/** A deletion because of a full disk: the free space before it, and the size of the deleted data. */
export type Deletion = {
  readonly deleted_at: Seconds;
  readonly free_hd_bytes: number;
  readonly data_bytes: number;
};

/** The history that decisions depend on, oldest first. */
export type History = {
  /** At most one per minute. */
  readonly samples: readonly Sample[];
  readonly quarters: readonly Quarter[];
  /** The last deletion for a full disk. */
  readonly deletion: Deletion | undefined;
  /** The number of consecutive failed attempts to add a node, and the time of the last. */
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
