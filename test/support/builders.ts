import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Disk } from "../../src/model/disk.ts";
import { NO_HISTORY } from "../../src/model/history.ts";
import type { HostFacts, HostMetrics } from "../../src/model/host.ts";
import { type Node, type NodeId, nodeName } from "../../src/model/node.ts";
import { NO_COUNTERS } from "../../src/model/node-counters.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { pathsFor } from "../../src/os/paths.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import type { PaidNode } from "../../src/software/software.ts";

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

/** A quiet machine: no reason to shed nodes, and room to grow. */
export const quietMetrics: HostMetrics = {
  system_start: NOW - 86_400,
  used_cpu_percent: 10,
  idle_cpu_percent: 90,
  io_wait: 0,
  cpu_of: undefined,
  load_of: undefined,
  used_mem_percent: 20,
  free_mem_percent: 80,
  mem_of: undefined,
  used_hd_percent: 30,
  hd_of: undefined,
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

/** A running node that has been up for a day, with changes; its rewards go to somebody. */
export function aNode(id: number, changes: Partial<Node> = {}): PaidNode {
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
    webrtc_port: undefined,
    network: "evm-arbitrum-one",
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
    stopping_since: undefined,
    stopping_to_restart: false,
    supervisor_restarts: undefined,
    silent_since: undefined,
    wanted_before: undefined,
    removal_cause: undefined,
    crashes: 0,
    failures: 0,
    failed_action: undefined,
    failed_at: undefined,
    obstacle: undefined,
    problem: undefined,
    previous_version: undefined,
    upgraded_itself: false,
    program_sha256: undefined,
    strange_program: undefined,
    died_at: undefined,
    cpu_seconds: undefined,
    data_bytes: undefined,
    counted_at: undefined,
    partial_count: undefined,
    peers_at: undefined,
    routing_at: undefined,
    ...NO_COUNTERS,
    moving_to: undefined,
    moving_from: undefined,
    own_disk: undefined,
    has_key: false,
    ...NO_READINGS,
    ...changes,
    wallet: changes.wallet ?? "0x1111111111111111111111111111111111111111",
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

/** A disk with these storages, which all accept new nodes, with changes; as full as the disk of a quiet machine. */
export function aDisk(storages: readonly string[], changes: Partial<Disk> = {}): Disk {
  const { used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes } = quietMetrics;
  return {
    name: storages[0] ?? "",
    storages,
    for_new: storages,
    read_only: false,
    ...{ used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes },
    ...changes,
  };
}

/** A snapshot of a quiet machine, with changes; one observation decides unless they say that the reaction is steady. */
export function aSnapshot(changes: {
  readonly config?: Partial<MachineConfig>;
  readonly metrics?: Partial<HostMetrics>;
  readonly nodes?: readonly Node[];
  readonly rest?: Partial<Snapshot>;
}): Snapshot {
  const config = aConfig({ rewards_address: "donate", reaction: "immediate", ...changes.config });
  const metrics = { ...quietMetrics, ...changes.metrics };
  const { used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes } = metrics;
  return {
    config,
    metrics,
    disks: [aDisk(config.node_storage, { used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes })],
    history: NO_HISTORY,
    nodes: changes.nodes ?? [],
    disk_histories: new Map(),
    disk_use: new Map(),
    now: NOW,
    binary: {
      path: "/home/ant/.local/bin/antnode",
      runnable: undefined,
      sha256: undefined,
      software: "antnode",
      version: "0.4.17",
      flags: new Set(),
    },
    upgrades: false,
    bad_versions: new Map(),
    held_back: new Map(),
    rebooted: false,
    ids: "fill gaps",
    placing: undefined,
    containers: [],
    taken: new Set(),
    doubtful: new Map(),
    unreadable: ALL_READABLE,
    ...changes.rest,
  };
}
