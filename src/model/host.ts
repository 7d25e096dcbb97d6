import type { ManagerKind, Seconds, SoftwareKind } from "./node.ts";
import type { OperatorProgram } from "./program-path.ts";

/** Folders of this machine's mode (user or sudo). */
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

/** Kernel counters at one moment; the difference of two gives a rate. undefined: the kernel does not say. */
export type Counters = {
  readonly boot_id: string;
  /** The wall clock at this moment. */
  readonly taken_at: Seconds;
  /** Seconds since boot, with fractions; changes of the wall clock do not affect it. */
  readonly uptime: number;
  readonly cpu_total: number | undefined;
  readonly cpu_idle: number | undefined;
  readonly cpu_iowait: number | undefined;
  /** Microseconds that the control group with the tightest quota has used; undefined without a quota. */
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
  /** Of what used_cpu_percent is a share when that is not the whole machine, for messages. */
  readonly cpu_of: string | undefined;
  readonly io_wait: number | undefined;
  readonly used_mem_percent: number | undefined;
  readonly free_mem_percent: number | undefined;
  /** What used_mem_percent is a share of when it is not the whole machine's memory, for messages. */
  readonly mem_of: string | undefined;
  /** Percent of the bytes or of the inodes, whichever are scarcer. */
  readonly used_hd_percent: number | undefined;
  /** What used_hd_percent is a share of when it is not the disk's bytes, for messages. */
  readonly hd_of: string | undefined;
  /** The disk that used_hd_percent is of, where there are several. */
  readonly hd_at?: string | undefined;
  readonly total_hd_bytes: number | undefined;
  readonly free_hd_bytes: number | undefined;
  /** Whose the loads are when that is not what nodes may use alone, for messages. */
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
      /** It exists, but another account could have changed it. */
      readonly untrusted?: boolean;
      /** The command that lets no other account change it any more. */
      readonly cure?: string | undefined;
    };
