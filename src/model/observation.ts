import type { ProcessIdentity, Readings, Seconds } from "./node.ts";

/** What the process manager says of a node's process. */
export type ProcessState =
  | { readonly state: "running"; readonly process: ProcessIdentity | undefined }
  /** `because`: what the process left behind as the reason of its end, if it failed. */
  | { readonly state: "stopped"; readonly because?: string | undefined }
  /** Neither process nor definition is there. */
  | { readonly state: "missing" }
  | { readonly state: "unknown"; readonly because: string };

/** What a node answered. */
export type Reading =
  | {
      readonly answered: true;
      readonly readings: Readings;
      readonly version: string | undefined;
      readonly peer_id: string | undefined;
      /** Bytes of its databases. */
      readonly data_bytes?: number | undefined;
      /** When its peers were counted; undefined: now. */
      readonly peers_at?: Seconds | undefined;
      /** Its log says whether it has come up. */
      readonly ready?: boolean | undefined;
      /** The last error in its log. */
      readonly trouble?: string | undefined;
    }
  | { readonly answered: false; readonly because: "refused" | "timeout" | "garbled" };

/** What the kernel says of a process, whether or not the node tells it. undefined: the kernel does not tell. */
export type ProcessUsage = {
  /** Seconds since it started. */
  readonly uptime: number | undefined;
  /** Memory that is resident. */
  readonly mem_bytes: number | undefined;
  /** Processor time that it has used. */
  readonly cpu_seconds: number | undefined;
  /** Its program file has been replaced or removed since it started. */
  readonly replaced: boolean;
};

/** All that one survey learned of a node. */
export type Observation = {
  readonly process: ProcessState;
  /** undefined: not asked. */
  readonly reading: Reading | undefined;
  /** The process that is recorded ran before the machine last booted, which has ended it. */
  readonly ended_by_reboot?: boolean;
  /** False only when the storage is verified to be there and the node's folder is not; undefined: nobody looked. */
  readonly has_folder: boolean | undefined;
  /** The node's own words on why it ended, and which setting cures it. */
  readonly ended_because: string | undefined;
  /** Of a living process that is known. */
  readonly usage?: ProcessUsage | undefined;
  /** The version of the program that an ended node has given itself; undefined: it is the one it ran. */
  readonly upgraded_to?: string | undefined;
};
