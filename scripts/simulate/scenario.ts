import type { MachineConfig } from "../../src/settings/machine.ts";

export const GIB = 1024 ** 3;

/** What supervises nodes: nothing but wnm, or systemd, which starts them again itself. */
export type Supervisor = "setsid" | "systemd";

/** What a node of a scenario costs; each node differs from the mean by a factor of its own. */
export type NodeModel = {
  /** Processor cores at a demand of 1. */
  readonly cores: number;
  /** Bytes of memory when it has been up for long. */
  readonly mem_bytes: number;
  /** Bytes of disk that it comes to hold. */
  readonly disk_bytes: number;
  /** Days in which it fills to 63 % of that. */
  readonly disk_days: number;
  /** Core-seconds of work at each start. */
  readonly start_work: number;
  /** Deaths an hour. */
  readonly hazard: number;
  /** The node keeps a reserve of the disk free: what wnm passes at its start, or this many percent that its operator set. */
  readonly reserves?: true | number;
};

/** What the owner of the machine does beside the nodes. Minutes and hours are of the local day. */
export type OwnerModel = {
  /** Cores in use on average. */
  readonly cores: number;
  /** How much that varies, as the sigma of its logarithm. */
  readonly sigma: number;
  readonly mem_bytes: number;
  readonly disk_bytes: number;
  /** Bursts a day, and the cores and mean minutes of one. */
  readonly bursts: { readonly a_day: number; readonly cores: number; readonly minutes: number };
  /** Daily jobs. */
  readonly jobs?: readonly {
    readonly at_hour: number;
    readonly minutes: number;
    readonly cores: number;
    readonly disk_bytes?: number;
    readonly mem_bytes?: number;
    /** Tasks that wait for the disk meanwhile. */
    readonly waiting?: number;
  }[];
  /** A file that grows on the disk from a day on. */
  readonly file?: { readonly from_day: number; readonly days: number; readonly bytes: number };
  /** Memory that is taken from a day on. */
  readonly hog?: { readonly from_day: number; readonly hours: number; readonly mem_bytes: number };
};

/** What happens to the machine or the network at a minute of the simulation. */
export type Incident =
  | { readonly kind: "reboot"; readonly at_day: number; readonly minutes: number }
  /** Nodes fall silent, or end, and cannot work meanwhile. */
  | {
      readonly kind: "outage";
      readonly at_day: number;
      readonly minutes: number;
      readonly nodes: "silent" | "ended";
    }
  /** A newer node program is put in place. */
  | { readonly kind: "release"; readonly at_day: number; readonly good: boolean };

export type Scenario = {
  readonly days: number;
  readonly cores: number;
  readonly mem_bytes: number;
  readonly swap_bytes: number;
  readonly disk_bytes: number;
  readonly supervisor: Supervisor;
  readonly node: NodeModel;
  readonly owner: OwnerModel;
  /** Share of the processor that the hypervisor gives to others, on average; it comes in waves. */
  readonly steal: number;
  /** Nodes that are there and run at the beginning. */
  readonly begin: number;
  /** Ids of nodes that die within minutes of each start. */
  readonly bad_nodes?: readonly number[];
  readonly incidents?: readonly Incident[];
  /** Settings that differ from the defaults. */
  readonly config: Partial<MachineConfig>;
  readonly upgrades?: boolean;
};

const quietOwner: OwnerModel = {
  cores: 0.15,
  sigma: 0.5,
  mem_bytes: 0.5 * GIB,
  disk_bytes: 20 * GIB,
  bursts: { a_day: 6, cores: 1, minutes: 8 },
};

const node: NodeModel = {
  cores: 0.12,
  mem_bytes: 0.11 * GIB,
  disk_bytes: 8 * GIB,
  disk_days: 20,
  start_work: 45,
  hazard: 1 / (24 * 40),
};

const pi: Scenario = {
  days: 10,
  cores: 4,
  mem_bytes: 8 * GIB,
  swap_bytes: 0.5 * GIB,
  disk_bytes: 900 * GIB,
  supervisor: "systemd",
  node: { ...node, cores: 0.18, start_work: 60 },
  owner: quietOwner,
  steal: 0,
  begin: 0,
  config: { node_cap: 30 },
};

const server: Scenario = {
  ...pi,
  cores: 16,
  mem_bytes: 64 * GIB,
  swap_bytes: 4 * GIB,
  disk_bytes: 4000 * GIB,
  node: { ...node, cores: 0.09 },
  owner: { ...quietOwner, cores: 0.8, mem_bytes: 4 * GIB, bursts: { a_day: 8, cores: 2, minutes: 12 } },
  config: { node_cap: 100 },
};

const large: Scenario = {
  ...server,
  days: 5,
  cores: 64,
  mem_bytes: 256 * GIB,
  disk_bytes: 20_000 * GIB,
  node: { ...node, cores: 0.075 },
  owner: { ...server.owner, cores: 3, mem_bytes: 12 * GIB, bursts: { a_day: 8, cores: 6, minutes: 12 } },
  config: { node_cap: 1000 },
};

const bigDisk: Scenario = {
  ...server,
  days: 28,
  disk_bytes: 600 * GIB,
  node: { ...node, cores: 0.06 },
  begin: 60,
  config: { node_cap: 60 },
};

/** Scenarios by name. Machines and loads are assumptions; what counts is how rules compare on the same ones. */
export const SCENARIOS = {
  pi,
  "pi-memory": { ...pi, mem_bytes: 2 * GIB, node: { ...pi.node, cores: 0.05 } },
  server,
  large,
  "large-operator": {
    ...large,
    config: {
      node_cap: 1000,
      delay_start: 60,
      delay_restart: 300,
      max_concurrent_starts: 4,
      max_concurrent_operations: 6,
      cpu_less_than: 75,
      cpu_remove: 85,
      mem_less_than: 80,
      mem_remove: 90,
      desired_load_average: 56,
      max_load_average_allowed: 70,
    },
  },
  vps: {
    ...pi,
    mem_bytes: 16 * GIB,
    node: { ...node, cores: 0.09 },
    steal: 0.08,
    config: { node_cap: 40 },
  },
  "disk-nodes": bigDisk,
  "disk-reserve": {
    ...bigDisk,
    node: { ...bigDisk.node, disk_bytes: 14 * GIB, disk_days: 10, reserves: 10 },
  },
  "disk-outgrown": {
    ...bigDisk,
    node: { ...bigDisk.node, disk_bytes: 14 * GIB, disk_days: 10, reserves: true },
  },
  "disk-owner": {
    ...bigDisk,
    disk_bytes: 1000 * GIB,
    node: { ...bigDisk.node, disk_bytes: 0.3 * GIB, disk_days: 5 },
    owner: { ...server.owner, file: { from_day: 3, days: 1, bytes: 950 * GIB } },
    days: 10,
  },
  "disk-nightly": {
    ...bigDisk,
    days: 14,
    node: { ...bigDisk.node, disk_bytes: 6.5 * GIB, disk_days: 10 },
    owner: {
      ...server.owner,
      jobs: [{ at_hour: 3, minutes: 90, cores: 1, disk_bytes: 190 * GIB }],
    },
  },
  "bad-node": { ...pi, begin: 8, bad_nodes: [3], config: { node_cap: 8 } },
  "outage-silent": {
    ...server,
    days: 2,
    begin: 60,
    config: { node_cap: 60 },
    incidents: [{ kind: "outage", at_day: 1, minutes: 20, nodes: "silent" }],
  },
  "outage-ended": {
    ...server,
    days: 2,
    supervisor: "setsid",
    begin: 60,
    config: { node_cap: 60 },
    incidents: [{ kind: "outage", at_day: 1, minutes: 20, nodes: "ended" }],
  },
  "reboot-setsid": {
    ...server,
    cores: 32,
    mem_bytes: 128 * GIB,
    days: 3,
    supervisor: "setsid",
    node: { ...node, cores: 0.06 },
    begin: 200,
    config: { node_cap: 200 },
    incidents: [{ kind: "reboot", at_day: 1, minutes: 3 }],
  },
  "reboot-systemd": {
    ...server,
    cores: 32,
    mem_bytes: 128 * GIB,
    days: 3,
    node: { ...node, cores: 0.06 },
    begin: 200,
    config: { node_cap: 200 },
    incidents: [{ kind: "reboot", at_day: 1, minutes: 3 }],
  },
  "release-good": {
    ...server,
    days: 4,
    begin: 80,
    upgrades: true,
    config: { node_cap: 100 },
    incidents: [{ kind: "release", at_day: 1, good: true }],
  },
  "release-bad": {
    ...server,
    days: 4,
    begin: 80,
    upgrades: true,
    config: { node_cap: 100 },
    incidents: [{ kind: "release", at_day: 1, good: false }],
  },
  "daily-job": {
    ...server,
    begin: 40,
    config: { node_cap: 60 },
    owner: { ...server.owner, jobs: [{ at_hour: 2, minutes: 180, cores: 8 }] },
  },
  swapping: {
    ...pi,
    days: 2,
    mem_bytes: 4 * GIB,
    swap_bytes: 2 * GIB,
    node: { ...node, cores: 0.05, mem_bytes: 0.08 * GIB },
    begin: 20,
    config: { node_cap: 20 },
    owner: { ...quietOwner, hog: { from_day: 0.5, hours: 8, mem_bytes: 1.5 * GIB } },
  },
  "from-nothing": { ...large, days: 3 },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
