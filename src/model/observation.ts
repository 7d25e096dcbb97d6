import type { Finding } from "./finding.ts";
import type { ProcessIdentity, Seconds } from "./node.ts";
import type { NodeCounters } from "./node-counters.ts";
import type { Readings } from "./readings.ts";

/** What the process manager reports about a node's process. */
export type ProcessState =
  /** `supervisor_restarts`: restarts by its supervisor since it was last started; undefined: the supervisor does not tell. */
  | {
      readonly state: "running";
      readonly process: ProcessIdentity | undefined;
      readonly supervisor_restarts?: number | undefined;
    }
  /** `because`: why the process ended, if it failed. */
  | { readonly state: "stopped"; readonly because?: string | undefined }
  /** There is neither a process nor a definition. */
  | { readonly state: "missing" }
  /** `hidden`: this account cannot see whether it runs, until somebody changes permissions. */
  | { readonly state: "unknown"; readonly because: string; readonly hidden?: boolean };

/** What a node answered. "stranger": another program answers on its port. */
export type Reading =
  | {
      readonly answered: true;
      readonly readings: Readings;
      /** undefined: not asked, or not reported; see `version_lost`. */
      readonly version: string | undefined;
      /** A new process does not report its version, so the stored one is void. */
      readonly version_lost?: boolean;
      readonly peer_id: string | undefined;
      /** Its identified program file; undefined: not examined, or replaced since the start. */
      readonly program?: SeenProgram | undefined;
      /** Bytes of what it stores. */
      readonly data_bytes?: number | undefined;
      /** When its records were counted in its folder; undefined: they are not counted there. */
      readonly counted_at?: Seconds | undefined;
      /** An unfinished count of them, in the software's own form. */
      readonly partial_count?: string | undefined;
      /** When its peers were counted; undefined: now. */
      readonly peers_at?: Seconds | undefined;
      /** When its routing table was; undefined: now. */
      readonly routing_at?: Seconds | undefined;
      readonly counters?: NodeCounters | undefined;
      /** Whether it has come up, by its log. */
      readonly ready?: boolean | undefined;
      /** The last error in its log. */
      readonly trouble?: string | undefined;
      /** Problems of the node for the operator. */
      readonly findings?: readonly Finding[];
    }
  | { readonly answered: false; readonly because: "refused" | "timeout" | "garbled" | "stranger" };

/** The hash of a node's program file, and its version if it equals a program of the operator. */
export type SeenProgram = { readonly sha256: string; readonly version: string | undefined };

/** A process's resource usage; undefined: not provided by the kernel. */
export type ProcessUsage = {
  /** Seconds since it started. */
  readonly uptime: number | undefined;
  /** Resident memory. */
  readonly mem_bytes: number | undefined;
  /** Processor time used since its start. */
  readonly cpu_seconds: number | undefined;
  /** Its program file was replaced or removed after it started. */
  readonly replaced: boolean;
};

/** The state of a node's folder. */
export type NodeFolder =
  /** `own_disk`: it is a mount point. `has_key`: undefined when this account may not read it. */
  | { readonly is: "there"; readonly own_disk: boolean; readonly has_key: boolean | undefined }
  /** The storage is present, but not the folder. */
  | { readonly is: "gone" }
  /** It cannot be read, or is not the node's own folder; `because` is a sentence. */
  | { readonly is: "unknown"; readonly because: string };

/** Everything one survey found out about a node. */
export type Observation = {
  readonly process: ProcessState;
  /** undefined: not asked. */
  readonly reading: Reading | undefined;
  /** The port that shows whether a node of its software is alive. */
  readonly shown_on: number;
  /** The recorded process ran before the last boot, of the machine or of its container. */
  readonly ended_by_reboot?: boolean;
  /** undefined: not looked at. */
  readonly folder: NodeFolder | undefined;
  /** What a failed removal left, as `folderTrace` describes it; undefined: not looked at. */
  readonly obstacle?: string | undefined;
  /** Why it ended, in the node's own words, and which setting fixes that. */
  readonly ended_because: string | undefined;
  /** Only for a running process whose identity is known. */
  readonly usage?: ProcessUsage | undefined;
  /** What was found in the place of its program; undefined: not looked at. */
  readonly program?: SeenProgram | undefined;
  /** An ended node has another program than it ran, of this version if known; undefined: the same program. */
  readonly upgraded_to?: { readonly version: string | undefined } | undefined;
};
