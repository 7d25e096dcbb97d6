import type { ManagerKind, Seconds, SoftwareKind } from "./node.ts";
import type { OperatorProgram } from "./program-path.ts";

/** The paths for a mode (user or sudo) on this machine. */
export type Paths = {
  readonly base: string;
  readonly node_storage: string;
  readonly logs: string;
  readonly bootstrap_cache: string;
  readonly database: string;
};

/** Constant facts about the machine, from which defaults are derived. */
export type HostFacts = {
  readonly cpu_count: number;
  readonly home: string;
  readonly paths: Paths;
  readonly process_manager: ManagerKind;
};

/** Kernel counters at one moment; two of them yield rates. undefined: not provided by the kernel. */
export type Counters = {
  readonly boot_id: string;
  /** Wall-clock time of the reading. */
  readonly taken_at: Seconds;
  /** Seconds since boot, with fractions, independent of the wall clock. */
  readonly uptime: number;
  readonly cpu_total: number | undefined;
  readonly cpu_idle: number | undefined;
  readonly cpu_iowait: number | undefined;
  /** Microseconds used by the cgroup with the tightest quota; undefined without a quota. */
  readonly cpu_group_used: number | undefined;
  readonly disk_read_bytes: number | undefined;
  readonly disk_write_bytes: number | undefined;
  readonly net_read_bytes: number | undefined;
  readonly net_write_bytes: number | undefined;
};

/** One sample of the machine. undefined: could not be measured, which is never a reason to act. */
export type HostMetrics = {
  readonly system_start: Seconds | undefined;
  readonly used_cpu_percent: number | undefined;
  readonly idle_cpu_percent: number | undefined;
  /** What used_cpu_percent refers to if not the whole machine, for messages. */
  readonly cpu_of: string | undefined;
  readonly io_wait: number | undefined;
  readonly used_mem_percent: number | undefined;
  readonly free_mem_percent: number | undefined;
  /** What used_mem_percent refers to if not the whole machine's memory, for messages. */
  readonly mem_of: string | undefined;
  /** Usage of bytes or inodes, whichever is higher. */
  readonly used_hd_percent: number | undefined;
  /** What used_hd_percent refers to if not the disk's bytes, for messages. */
  readonly hd_of: string | undefined;
  /** The disk that used_hd_percent refers to, if there are several. */
  readonly hd_at?: string | undefined;
  readonly total_hd_bytes: number | undefined;
  readonly free_hd_bytes: number | undefined;
  /** What the loads refer to if it is more than nodes may use, for messages. */
  readonly load_of: string | undefined;
  readonly load_average_1: number | undefined;
  readonly load_average_5: number | undefined;
  readonly load_average_15: number | undefined;
  /** Bytes per second, like the next three. */
  readonly hdio_read_bytes: number | undefined;
  readonly hdio_write_bytes: number | undefined;
  readonly netio_read_bytes: number | undefined;
  readonly netio_write_bytes: number | undefined;
};

/** The program for new nodes. */
export type NodeBinary =
  | {
      readonly path: string;
      /** The same path, if only root and the operator can change the program; undefined: wnm must not run it. */
      readonly runnable: OperatorProgram | undefined;
      readonly sha256: string | undefined;
      readonly software: SoftwareKind;
      readonly version: string;
      readonly flags: ReadonlySet<string>;
    }
  | {
      readonly path: string;
      readonly version: undefined;
      readonly problem: string;
      /** It exists, but another account could modify it. */
      readonly untrusted?: boolean;
      /** There is nothing at the path. */
      readonly missing?: boolean;
      /** The command that removes other accounts' write access. */
      readonly cure?: string | undefined;
    };
