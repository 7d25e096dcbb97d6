import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { HostFacts, HostMetrics } from "../../src/model/host.ts";
import { NO_READINGS, type Node, type NodeId, nodeName } from "../../src/model/node.ts";
import { pathsFor } from "../../src/os/paths.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { resolve } from "../../src/settings/resolve.ts";

/** The moment at which test snapshots are taken. */
export const NOW = 1_800_000_000;

/** A machine of four processors whose user is ant. */
export const aHost: HostFacts = {
  cpu_count: 4,
  home: "/home/ant",
  paths: pathsFor("user", "linux", "/home/ant"),
  process_manager: "setsid+user",
};

/** The settings of a new colony, with changes. */
export const aConfig = (changes: Partial<MachineConfig> = {}): MachineConfig => ({
  ...resolve(new Map(), undefined, aHost, false).resolved.config,
  ...changes,
});

/** A quiet machine: nothing to shed, room to grow. */
export const quietMetrics: HostMetrics = {
  system_start: NOW - 86_400,
  used_cpu_percent: 10,
  idle_cpu_percent: 90,
  io_wait: 0,
  used_mem_percent: 20,
  free_mem_percent: 80,
  used_hd_percent: 30,
  total_hd_bytes: 1e12,
  free_hd_bytes: 7e11,
  load_average_1: 0.1,
  load_average_5: 0.1,
  load_average_15: 0.1,
  hdio_read_bytes: 0,
  hdio_write_bytes: 0,
  netio_read_bytes: 0,
  netio_write_bytes: 0,
};

/** A running node that has been up for a day, with changes. */
export function aNode(id: number, changes: Partial<Node> = {}): Node {
  const label = `antnode${nodeName(id as NodeId)}`;
  const { paths } = aHost;
  return {
    id: id as NodeId,
    container_id: undefined,
    manager_type: "setsid+user",
    software: "antnode",
    node_name: nodeName(id as NodeId),
    service: `${label}.service`,
    user: "ant",
    binary: `${paths.node_storage}/${label}/antnode`,
    version: "0.4.17",
    root_dir: `${paths.node_storage}/${label}`,
    log_dir: `${paths.logs}/${label}`,
    port: 55_000 + id,
    metrics_port: 13_000 + id,
    rpc_port: 30_000 + id,
    network: "evm-arbitrum-one",
    wallet: "0x1111111111111111111111111111111111111111",
    peer_id: `12D3KooW${id}`,
    status: "RUNNING",
    status_since: NOW - 86_400,
    born_at: NOW - 86_400 * 30 + id,
    host: "127.0.0.1",
    method: "setsid+user",
    layout: "1",
    environment: undefined,
    wanted: "running",
    pid: 1000 + id,
    pid_started: 5000 + id,
    boot_id: "boot",
    silent_since: undefined,
    crashes: 0,
    problem: undefined,
    previous_version: undefined,
    upgraded_itself: false,
    cpu_seconds: undefined,
    data_bytes: undefined,
    db_size_gb: undefined,
    peers_at: undefined,
    ...NO_READINGS,
    ...changes,
  };
}

/** A node that was stopped for load, long enough ago to start again. */
export const aStoppedNode = (id: number, changes: Partial<Node> = {}): Node =>
  aNode(id, {
    status: "STOPPED",
    wanted: "stopped",
    pid: undefined,
    pid_started: undefined,
    boot_id: undefined,
    ...changes,
  });

/** A snapshot of a quiet machine, with changes. */
export function aSnapshot(changes: {
  readonly config?: Partial<MachineConfig>;
  readonly metrics?: Partial<HostMetrics>;
  readonly nodes?: readonly Node[];
  readonly rest?: Partial<Snapshot>;
}): Snapshot {
  return {
    config: aConfig({ rewards_address: "donate", ...changes.config }),
    metrics: { ...quietMetrics, ...changes.metrics },
    nodes: changes.nodes ?? [],
    now: NOW,
    binary: {
      path: "/home/ant/.local/bin/antnode",
      software: "antnode",
      version: "0.4.17",
      flags: new Set(),
    },
    rationed: false,
    upgrades: false,
    bad_versions: new Map(),
    rebooted: false,
    ids: "fill gaps",
    placing: undefined,
    containers: [],
    taken: new Set(),
    ...changes.rest,
  };
}
