import type { ManagerKind, Seconds, SoftwareKind } from "./node.ts";

/** Folders of this machine's mode (user or sudo). */
export type Paths = {
  readonly base: string;
  readonly node_storage: string;
  readonly logs: string;
  readonly bootstrap_cache: string;
  readonly database: string;
};

/** What does not change while the machine is up and what defaults are made from. */
export type HostFacts = {
  readonly cpu_count: number;
  readonly home: string;
  readonly paths: Paths;
  readonly process_manager: ManagerKind;
};

/** Counters of the kernel at one moment; a rate is the difference of two. undefined: the kernel does not tell. */
export type Counters = {
  readonly boot_id: string;
  /** The wall clock at this moment. */
  readonly taken_at: Seconds;
  /** Seconds since boot, with fractions; immune to changes of the wall clock. */
  readonly uptime: number;
  readonly cpu_total: number | undefined;
  readonly cpu_idle: number | undefined;
  readonly cpu_iowait: number | undefined;
  readonly disk_read_bytes: number | undefined;
  readonly disk_write_bytes: number | undefined;
  readonly net_read_bytes: number | undefined;
  readonly net_write_bytes: number | undefined;
};

/** One sample of the machine; nothing about nodes. undefined: could not be measured, which never argues for acting. */
export type HostMetrics = {
  readonly system_start: Seconds | undefined;
  readonly used_cpu_percent: number | undefined;
  readonly idle_cpu_percent: number | undefined;
  readonly io_wait: number | undefined;
  readonly used_mem_percent: number | undefined;
  readonly free_mem_percent: number | undefined;
  readonly used_hd_percent: number | undefined;
  readonly total_hd_bytes: number | undefined;
  readonly free_hd_bytes: number | undefined;
  readonly load_average_1: number | undefined;
  readonly load_average_5: number | undefined;
  readonly load_average_15: number | undefined;
  /** Bytes per second, as are the three below. */
  readonly hdio_read_bytes: number | undefined;
  readonly hdio_write_bytes: number | undefined;
  readonly netio_read_bytes: number | undefined;
  readonly netio_write_bytes: number | undefined;
};

/** The node program that new nodes are made from. */
export type NodeBinary =
  | {
      readonly path: string;
      readonly software: SoftwareKind;
      readonly version: string;
      readonly flags: ReadonlySet<string>;
    }
  | { readonly path: string; readonly version: undefined; readonly problem: string };
