import type { ActionType } from "./action-types.ts";
import type { NodeCounters } from "./node-counters.ts";
import type { NodeStatus } from "./node-status.ts";
import type { NodeFile } from "./program-path.ts";
import type { Readings } from "./readings.ts";

/** Epoch time or duration in whole seconds. */
export type Seconds = number;

/** Number of a node: 1 and up; names, ports and folders derive from it. */
export type NodeId = number & { readonly brand: "NodeId" };

/** Every way to run nodes: the supervisor, then the account whose rights it uses. */
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
 * Why a node is REMOVING. "needed": node_cap or a full disk asks for it, and it comes back once neither does.
 * "dead": its folder was gone. "by hand": the operator ordered it. "begun": its data are being deleted, so it cannot
 * come back.
 */
export const REMOVAL_CAUSES = ["needed", "dead", "by hand", "begun"] as const;
export type RemovalCause = (typeof REMOVAL_CAUSES)[number];

/** Identifies a process for good: pids are reused, but not a pid with its start time and boot. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time: clock ticks since boot (Linux, field 22 of /proc/PID/stat) or epoch seconds (macOS, ps). */
  readonly pid_started: number;
  readonly boot_id: string;
};

/** Stands for a boot whose identity is hidden, as in some containers. */
export const UNKNOWN_BOOT = "unknown";

/** Whether both are the same boot; undefined while one of them is unknown. */
export const sameBoot = (a: string, b: string): boolean | undefined =>
  a === UNKNOWN_BOOT || b === UNKNOWN_BOOT ? undefined : a === b;

/** A node as the colony remembers it: one field per column. */
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
  /** Its own program file, which its account can write. */
  readonly binary: NodeFile;
  readonly version: string | undefined;
  readonly root_dir: string;
  readonly log_dir: string | undefined;
  readonly port: number;
  readonly metrics_port: number;
  readonly rpc_port: number;
  /** UDP port for browsers that it was given at its last start; undefined: none. */
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
  /** A folder beside its own, until that is deleted: the one before a move, or the copy of a move that was given up. */
  readonly moving_from: string | undefined;
  /** Desired state. A node that is not in it has crashed or was interrupted. */
  readonly wanted: "running" | "stopped";
  /** Desired state before it became REMOVING, restored if it comes back. */
  readonly wanted_before: "running" | "stopped" | undefined;
  /** Why it is REMOVING. A node that comes back keeps it until it runs. */
  readonly removal_cause: RemovalCause | undefined;
  readonly pid: number | undefined;
  readonly pid_started: number | undefined;
  readonly boot_id: string | undefined;
  /** When its process, which has not ended yet, was asked to end; undefined: it was not. */
  readonly stopping_since: Seconds | undefined;
  /** wnm is ending its process to start it again, or to hold it: that it has ended is no death. */
  readonly being_ended: boolean;
  /** How often its supervisor has started it again since wnm did, by the last survey; undefined: it does not say. */
  readonly brought_back: number | undefined;
  /** When a running node stopped answering. */
  readonly silent_since: Seconds | undefined;
  /** Unexpected ends in a row; 0 again after an hour of running. */
  readonly crashes: number;
  /** When its supervisor restarted it after an unexpected end; undefined: wnm started it. */
  readonly died_at: Seconds | undefined;
  /** Version before an upgrade on probation; the node gets it back if the new one fails. */
  readonly previous_version: string | undefined;
  /** Failed attempts in a row at `failed_action`; 0 when the last action on the node succeeded. */
  readonly failures: number;
  readonly failed_action: ActionType | undefined;
  /** When the last attempt began; undefined: the obstacle has changed, so it may be retried at once. */
  readonly failed_at: Seconds | undefined;
  /** What a failed removal left, as `folderTrace` describes it. */
  readonly obstacle: string | undefined;
  /** Why the node last went down or would not start, or why the last action on it failed; for people. */
  readonly problem: string | undefined;
  /** It ended with a new program, from its own or an interrupted upgrade, and is to be started again at once. */
  readonly upgraded_itself: boolean;
  /** Hash of the program that wnm or the node's own upgrade installed; undefined: not known yet. */
  readonly program_sha256: string | undefined;
  /** Content of another program in its place; undefined: none was seen. */
  readonly strange_program: string | undefined;
  /** Seconds of processor time at the last survey, for the share since then. */
  readonly cpu_seconds: number | undefined;
  /** Bytes of what it stores, where that is known. */
  readonly data_bytes: number | undefined;
  /** When its records were last counted in its folder, or could not be; undefined: they are not counted there. */
  readonly counted_at: Seconds | undefined;
  /** A count of them that is not finished, as its software writes it. */
  readonly partial_count: string | undefined;
  /** Its folder is a mount point; undefined: not seen yet with the node's key in it. */
  readonly own_disk: boolean | undefined;
  /** Its key was seen in its folder, so a folder without a key is not the node's. */
  readonly has_key: boolean;
  /** When its peers were counted, if not at the last survey. */
  readonly peers_at: Seconds | undefined;
  /** When its routing table was counted, if not at the last survey. */
  readonly routing_at: Seconds | undefined;
} & Readings &
  NodeCounters;

/** "0001" for 1: the node's number as folders and units spell it. */
export const nodeName = (id: NodeId): string => String(id).padStart(4, "0");

/** "antnode0001": folder name, and what people type for --service_name. */
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

/** The folder beside its own that a move has left or is filling; it holds the node's key too. */
export const otherFolderOf = ({ moving_to, moving_from }: Node): string | undefined =>
  moving_to ?? moving_from;

/** Seconds until the node is ended by force; all of stop_grace until it is asked, none for a moment in the future. */
export function graceLeft(
  { stopping_since }: Pick<Node, "stopping_since">,
  stop_grace: Seconds,
  now: Seconds,
): Seconds {
  if (stopping_since === undefined) return stop_grace;
  return stopping_since > now ? 0 : Math.max(0, stopping_since + stop_grace - now);
}

/** True while the node starts, upgrades or is removed, and holds a slot. After a failed action it holds none. */
export const inFlight = (node: Node): boolean =>
  node.failures === 0 &&
  (node.status === "RESTARTING" || node.status === "UPGRADING" || node.status === "REMOVING");
