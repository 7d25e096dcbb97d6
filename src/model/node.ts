import type { ActionType } from "./action-types.ts";
import type { NodeCounters } from "./node-counters.ts";
import type { NodeStatus } from "./node-status.ts";
import type { NodeFile } from "./program-path.ts";
import type { Readings } from "./readings.ts";

/** Epoch time or duration in whole seconds. */
export type Seconds = number;

/** A node's number, from 1; names, ports and folders derive from it. */
export type NodeId = number & { readonly brand: "NodeId" };

/** Every way to run nodes: the supervisor, then the account whose permissions it uses. */
export const MANAGER_KINDS = [
  "systemd+user",
  "systemd+sudo",
  "launchd+user",
  "launchd+sudo",
  "setsid+user",
  "setsid+sudo",
  "antctl+user",
  "antctl+sudo",
  "antctl+zen",
  "docker+user",
  "s6overlay+user",
] as const;
export type ManagerKind = (typeof MANAGER_KINDS)[number];

/** Generations of node programs: legacy antnode (0.4) and the new ant-node (0.14 and later). */
export const SOFTWARE_KINDS = ["antnode", "ant-node"] as const;
export type SoftwareKind = (typeof SOFTWARE_KINDS)[number];

/**
 * Why a node is REMOVING. "needed": node_cap or a full disk requires it; cancelled once neither does. "dead": its folder
 * was gone. "by hand": the operator ordered it. "begun": its data are being deleted, so it cannot come back.
 */
export const REMOVAL_CAUSES = ["needed", "dead", "by hand", "begun"] as const;
export type RemovalCause = (typeof REMOVAL_CAUSES)[number];

/** Identifies a process uniquely: pids are reused, but not together with the start time and boot. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time: clock ticks since boot (Linux, field 22 of /proc/PID/stat) or epoch seconds (macOS, ps). */
  readonly pid_started: number;
  readonly boot_id: string;
};

/** The boot id if the real one is hidden, as in some containers. */
export const UNKNOWN_BOOT = "unknown";

/** Whether both are the same boot; undefined if one is unknown. */
export const sameBoot = (a: string, b: string): boolean | undefined =>
  a === UNKNOWN_BOOT || b === UNKNOWN_BOOT ? undefined : a === b;

/** A node as stored in the database, one field per column. */
export type Node = {
  readonly id: NodeId;
  readonly container_id: number | undefined;
  readonly manager_type: ManagerKind;
  /** Generation of its node program. */
  readonly software: SoftwareKind;
  /** Four digits, "0001". */
  readonly node_name: string;
  /** Unit name with its suffix, "antnode0001.service". */
  readonly service: string;
  /** Operating system account that the node runs as. */
  readonly user: string;
  /** Its own program file, writable by its account. */
  readonly binary: NodeFile;
  readonly version: string | undefined;
  readonly root_dir: string;
  readonly log_dir: string | undefined;
  readonly port: number;
  readonly metrics_port: number;
  readonly rpc_port: number;
  /** UDP port for browsers assigned at its last start; undefined: none. */
  readonly webrtc_port: number | undefined;
  /** EVM network, the node's subcommand. */
  readonly network: string;
  readonly wallet: string | undefined;
  readonly peer_id: string | undefined;
  readonly status: NodeStatus;
  /** When `status` last changed; column `timestamp`. */
  readonly status_since: Seconds;
  /** When the node was created; column `age`. Larger is younger. */
  readonly born_at: Seconds;
  readonly host: string;
  readonly method: string;
  readonly layout: string;
  /** Environment variables of this node; undefined: those of the machine. */
  readonly environment: string | undefined;
  /** Where its folder is being copied to. */
  readonly moving_to: string | undefined;
  /** A second folder to be deleted: the old one after a move, or the copy of an aborted move. */
  readonly moving_from: string | undefined;
  /** Desired state. A node not in it has crashed or was interrupted. */
  readonly wanted: "running" | "stopped";
  /** Desired state before it became REMOVING, restored if it comes back. */
  readonly wanted_before: "running" | "stopped" | undefined;
  /** Why it is REMOVING. If the removal is cancelled, the cause stays until the node runs. */
  readonly removal_cause: RemovalCause | undefined;
  readonly pid: number | undefined;
  readonly pid_started: number | undefined;
  readonly boot_id: string | undefined;
  /** When its running process was asked to end; undefined: it was not. */
  readonly stopping_since: Seconds | undefined;
  /** wnm is stopping its process for a restart or a back-off, so its end is not a crash. */
  readonly stopping_to_restart: boolean;
  /** Restarts by its supervisor since wnm started it, as of the last survey; undefined: the supervisor does not tell. */
  readonly supervisor_restarts: number | undefined;
  /** When a running node stopped answering. */
  readonly silent_since: Seconds | undefined;
  /** Unexpected ends in a row; 0 again after an hour of running. */
  readonly crashes: number;
  /** When its supervisor restarted it after an unexpected end; undefined: wnm started it. */
  readonly died_at: Seconds | undefined;
  /** The version before an upgrade on probation, for a rollback. */
  readonly previous_version: string | undefined;
  /** Consecutive failures of `failed_action`; 0 if the last action on the node succeeded. */
  readonly failures: number;
  readonly failed_action: ActionType | undefined;
  /** When the last attempt began; undefined: the obstacle has changed, so it may be retried at once. */
  readonly failed_at: Seconds | undefined;
  /** The `folderTrace` of what a failed removal left. */
  readonly obstacle: string | undefined;
  /** Why the node last went down or did not start, or why the last action on it failed. */
  readonly problem: string | undefined;
  /** It ended with a new program, by its own upgrade or an interrupted one, and should be started at once. */
  readonly upgraded_itself: boolean;
  /** Hash of the program that wnm or the node's own upgrade installed; undefined: not known yet. */
  readonly program_sha256: string | undefined;
  /** Hash of a different program found in its place; undefined: none was seen. */
  readonly strange_program: string | undefined;
  /** Processor seconds at the last survey, to compute the usage since. */
  readonly cpu_seconds: number | undefined;
  /** Bytes that it stores, if known. */
  readonly data_bytes: number | undefined;
  /** When counting its records in its folder was last completed or failed; undefined: they are not counted there. */
  readonly counted_at: Seconds | undefined;
  /** An unfinished count, in the software's own format. */
  readonly partial_count: string | undefined;
  /** Its folder is a mount point; undefined: not seen yet with the node's key in it. */
  readonly own_disk: boolean | undefined;
  /** Its key has been seen in its folder, so a folder without a key is not its own. */
  readonly has_key: boolean;
  /** When its peers were counted, if not at the last survey. */
  readonly peers_at: Seconds | undefined;
  /** When its routing table was counted, if not at the last survey. */
  readonly routing_at: Seconds | undefined;
} & Readings &
  NodeCounters;

/** "0001" for 1: the node's number as used in folders and units. */
export const nodeName = (id: NodeId): string => String(id).padStart(4, "0");

/** "antnode0001": the folder name, and the name for --service_name. */
export const nodeLabel = (node: { readonly id: NodeId }): string => `antnode${nodeName(node.id)}`;

/** The recorded identity of the node's process, if there is one. */
export const recordedProcess = (
  node: Pick<Node, "pid" | "pid_started" | "boot_id">,
): ProcessIdentity | undefined =>
  node.pid !== undefined && node.pid_started !== undefined && node.boot_id !== undefined
    ? { pid: node.pid, pid_started: node.pid_started, boot_id: node.boot_id }
    : undefined;

/** The storage that the node's folder is in. */
export const storageOf = ({ root_dir }: Pick<Node, "root_dir">): string =>
  root_dir.slice(0, Math.max(1, root_dir.lastIndexOf("/")));

/** The second folder, of a pending or finished move, which also contains the node's key. */
export const otherFolderOf = ({ moving_to, moving_from }: Node): string | undefined =>
  moving_to ?? moving_from;

/** Seconds until the node may be killed: all of stop_grace until it is asked to end; 0 for a time in the future. */
export function graceLeft(
  { stopping_since }: Pick<Node, "stopping_since">,
  stop_grace: Seconds,
  now: Seconds,
): Seconds {
  if (stopping_since === undefined) return stop_grace;
  return stopping_since > now ? 0 : Math.max(0, stopping_since + stop_grace - now);
}

/**
 * True while the node starts, upgrades or is removed, and so holds a slot of max_concurrent_operations. False after a
 * failed action, because the node may stay in that state for days.
 */
export const inFlight = (node: Node): boolean =>
  node.failures === 0 &&
  (node.status === "RESTARTING" || node.status === "UPGRADING" || node.status === "REMOVING");
