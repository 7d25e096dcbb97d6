/** Epoch time or duration in whole seconds. */
export type Seconds = number;

/** Number of a node: 1 and up; names, ports and folders derive from it. */
export type NodeId = number & { readonly brand: "NodeId" };

/** Statuses of a node, as Python wnm spells them. */
export const NODE_STATUSES = [
  "RUNNING",
  "STOPPED",
  "UPGRADING",
  "RESTARTING",
  "MIGRATING",
  "REMOVING",
  "DEAD",
  "DISABLED",
] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

/** Every way wnm can run nodes: supervisor, then whose rights it uses. */
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

/** A process that cannot be mistaken for another: a pid alone is reused, a pid with its start time and boot is not. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time: clock ticks since boot (Linux, field 22 of /proc/PID/stat) or epoch seconds (macOS, ps). */
  readonly pid_started: number;
  readonly boot_id: string;
};

/** What a node tells about itself; undefined is unknown, never zero. `mem` (MiB) and `cpu` (percent) are hundredths. */
export type Readings = {
  readonly records: number | undefined;
  readonly uptime: number | undefined;
  readonly shunned: number | undefined;
  readonly connected_peers: number | undefined;
  readonly gets: number | undefined;
  readonly puts: number | undefined;
  readonly mem: number | undefined;
  readonly cpu: number | undefined;
  readonly open_connections: number | undefined;
  readonly total_peers: number | undefined;
  readonly bad_peers: number | undefined;
  readonly rel_records: number | undefined;
  readonly max_records: number | undefined;
  readonly rewards: number | undefined;
  readonly payment_count: number | undefined;
  readonly live_time: number | undefined;
  readonly network_size: number | undefined;
  readonly shunned_count: number | undefined;
  readonly shunned_by_old_close_group: number | undefined;
};

/** Every reading unknown. */
export const NO_READINGS: Readings = {
  records: undefined,
  uptime: undefined,
  shunned: undefined,
  connected_peers: undefined,
  gets: undefined,
  puts: undefined,
  mem: undefined,
  cpu: undefined,
  open_connections: undefined,
  total_peers: undefined,
  bad_peers: undefined,
  rel_records: undefined,
  max_records: undefined,
  rewards: undefined,
  payment_count: undefined,
  live_time: undefined,
  network_size: undefined,
  shunned_count: undefined,
  shunned_by_old_close_group: undefined,
};

/** A node as the colony remembers it: one field per column. */
export type Node = {
  readonly id: NodeId;
  readonly container_id: number | undefined;
  readonly manager_type: ManagerKind;
  /** Which generation of node program it is. */
  readonly software: SoftwareKind;
  /** Four digits, "0001". */
  readonly node_name: string;
  /** Unit name with its suffix, "antnode0001.service". */
  readonly service: string;
  /** Operating system account that the node runs as. */
  readonly user: string;
  readonly binary: string;
  readonly version: string | undefined;
  readonly root_dir: string;
  readonly log_dir: string | undefined;
  readonly port: number;
  readonly metrics_port: number;
  readonly rpc_port: number;
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
  /** Variables of this node alone; undefined means those of the machine. */
  readonly environment: string | undefined;
  /** What the operator's thresholds or hand last asked for; a node that is not so has crashed or was interrupted. */
  readonly wanted: "running" | "stopped";
  readonly pid: number | undefined;
  readonly pid_started: number | undefined;
  readonly boot_id: string | undefined;
  /** Since when a living node has not answered. */
  readonly silent_since: Seconds | undefined;
  /** Deaths in a row that wnm did not ask for; back to 0 after an hour of running. */
  readonly crashes: number;
  /** Version before an upgrade that is still on probation: what the node gets back when the new one fails. */
  readonly previous_version: string | undefined;
  /** Why the node last went down or would not start, for people. */
  readonly problem: string | undefined;
  /** It ended for a version that it, or an upgrade that was interrupted, has given it, and is to be started again at once. */
  readonly upgraded_itself: boolean;
  /** Seconds of processor time at the last survey, for the share since then. */
  readonly cpu_seconds: number | undefined;
  /** Bytes of its databases, where a node keeps such. */
  readonly data_bytes: number | undefined;
  /** GiB of the disk that it was promised at its last start; undefined: it is not rationed. */
  readonly db_size_gb: number | undefined;
  /** When its count of peers was taken, where that is not now. */
  readonly peers_at: Seconds | undefined;
} & Readings;

/** "0001" for 1: the node's number as folders and units spell it. */
export const nodeName = (id: NodeId): string => String(id).padStart(4, "0");

/** "antnode0001": folder name, and what people type for --service_name. */
export const nodeLabel = (node: { readonly id: NodeId }): string => `antnode${nodeName(node.id)}`;

/** The identity recorded for the node's process, when one is. */
export const recordedProcess = (node: Node): ProcessIdentity | undefined =>
  node.pid !== undefined && node.pid_started !== undefined && node.boot_id !== undefined
    ? { pid: node.pid, pid_started: node.pid_started, boot_id: node.boot_id }
    : undefined;

/** True while the node is between two settled states and holds a slot of max_concurrent_operations. */
export const inFlight = (node: Node): boolean =>
  node.status === "RESTARTING" || node.status === "UPGRADING" || node.status === "REMOVING";
