import { decide } from "../../src/decide/decide.ts";
import { deletionOf } from "../../src/decide/disk.ts";
import { reserveMb } from "../../src/decide/disk-growth.ts";
import { withSample } from "../../src/decide/history.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { UNSEEN } from "../../src/decide/lifecycle/unseen.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import { diskPressure } from "../../src/decide/pressure.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Action } from "../../src/model/action.ts";
import { NO_HISTORY } from "../../src/model/history.ts";
import type { HostFacts, HostMetrics } from "../../src/model/host.ts";
import { type Node, type NodeId, nodeLabel, nodeName, type ProcessIdentity } from "../../src/model/node.ts";
import type { Observation } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import type { Measured } from "./machine.ts";
import type { Scenario } from "./scenario.ts";
import type { Done } from "./score.ts";
import type { SimNode } from "./sim-node.ts";
import type { World } from "./world.ts";

/** Observes the world once a minute and acts. */
export type Controller = { look(minute: number): readonly Done[] };

/** The moment of the simulation's beginning. */
const EPOCH = 1_800_000_000;
const MIB = 1024 ** 2;

/** The settings of the scenario's colony. */
export function configOf(scenario: Scenario): MachineConfig {
  const paths = {
    base: "/sim",
    node_storage: "/sim/node",
    logs: "/sim/logs",
    bootstrap_cache: "/sim/cache",
    database: "/sim/colony.db",
  };
  const host: HostFacts = {
    cpu_count: scenario.cores,
    home: "/sim",
    paths,
    process_manager: `${scenario.supervisor}+user`,
  };
  const { config } = resolve(new Map(), undefined, host, false).resolved;
  return { ...config, rewards_address: "donate", ...scenario.config };
}

/** Keeps so many nodes running whatever happens. */
export function constantNumber(world: World, count: number): Controller {
  return {
    look: (minute) => {
      const done: Done[] = [];
      for (let id = world.nodes.size + 1; id <= count; id++) {
        world.create(id);
        done.push({ minute, action: { type: "add", node: id as NodeId, reason: "constant" }, bytes: 0 });
      }
      for (const node of world.nodes.values()) if (node.started_at === undefined) world.start(node.id);
      return done;
    },
  };
}

/** wnm's own judgement of what it sees in the world, and what its actions come to there. */
export function wnmIn(world: World, scenario: Scenario, config: MachineConfig): Controller {
  const rows = new Map<NodeId, Node>();
  const bad_versions = new Map<string, string>();
  let boots = world.boots();
  let history = NO_HISTORY;
  for (const node of world.nodes.values()) {
    const row = adopted(newRow(node.id as NodeId, config, scenario), node, processOf(node, world));
    rows.set(row.id, row);
  }
  return {
    look: (minute) => {
      const now = EPOCH + world.now();
      const metrics = metricsOf(world.measured(), EPOCH + world.booted_at());
      const settled = [...rows.values()].map((row) =>
        settle(row, observationOf(row, world.nodes.get(row.id), world, scenario), config, now),
      );
      history = withSample(history, metrics, settled.filter(({ pid }) => pid !== undefined).length, now);
      const disk_use = new Map(
        diskPressure({ config, metrics })
          ? [...world.nodes.values()].map(({ id, disk_bytes }) => [id as NodeId, disk_bytes])
          : [],
      );
      const nodes = withoutNeedlessRemovals({
        ...{ config, metrics, ...diskOf(metrics), history, disk_use },
        nodes: settled,
        now,
      });
      for (const node of nodes) rows.set(node.id, node);
      const rebooted = boots !== world.boots();
      boots = world.boots();
      const snapshot = snapshotOf(
        { config, metrics, ...diskOf(metrics), history, disk_use, nodes, now, bad_versions, rebooted },
        world,
        scenario,
      );
      const plan = decide(snapshot);
      history = { ...history, deletion: deletionOf(snapshot, plan) ?? history.deletion };
      return plan.flatMap((action): readonly Done[] => {
        if (action.type === "idle" || action.type === "survey") return [];
        return [
          { minute, action, bytes: perform(action, { rows, world, scenario, bad_versions, snapshot }) },
        ];
      });
    },
  };
}

const generation = (scenario: Scenario) => (scenario.node.reserves === undefined ? "antnode" : "ant-node");

/** The one disk of the simulated machine. */
const diskOf = ({
  used_hd_percent,
  hd_of,
  total_hd_bytes,
  free_hd_bytes,
}: HostMetrics): Pick<Snapshot, "disks" | "disk_histories"> => {
  const storages = ["/sim/node"];
  const measured = { used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes };
  return {
    disks: [{ name: "/sim/node", storages, for_new: storages, read_only: false, ...measured }],
    disk_histories: new Map(),
  };
};

type Seen = Pick<
  Snapshot,
  | "config"
  | "metrics"
  | "disks"
  | "disk_histories"
  | "history"
  | "disk_use"
  | "nodes"
  | "now"
  | "bad_versions"
  | "rebooted"
>;

const snapshotOf = (seen: Seen, world: World, scenario: Scenario): Snapshot => ({
  ...seen,
  binary: {
    path: "/sim/antnode",
    runnable: undefined,
    sha256: undefined,
    software: generation(scenario),
    version: world.program(),
    flags: new Set(),
  },
  upgrades: scenario.upgrades === true,
  held_back: new Map(),
  ids: "fill gaps",
  placing: undefined,
  containers: [],
  taken: new Set(),
  doubtful: new Map(),
  unreadable: ALL_READABLE,
});

/** The machine as wnm measures it. */
const metricsOf = (measured: Measured, system_start: number): HostMetrics => ({
  system_start,
  used_cpu_percent: measured.cpu_percent,
  idle_cpu_percent: 100 - measured.cpu_percent,
  io_wait: measured.io_wait_percent,
  used_mem_percent: measured.mem_percent,
  free_mem_percent: 100 - measured.mem_percent,
  mem_of: undefined,
  cpu_of: undefined,
  load_of: undefined,
  used_hd_percent: measured.disk_percent,
  hd_of: undefined,
  total_hd_bytes: measured.disk_total,
  free_hd_bytes: measured.disk_free,
  load_average_1: measured.loads[0],
  load_average_5: measured.loads[1],
  load_average_15: measured.loads[2],
  hdio_read_bytes: 0,
  hdio_write_bytes: 0,
  netio_read_bytes: 0,
  netio_write_bytes: 0,
});

/** A node without a process, of which nothing was seen yet. */
function newRow(id: NodeId, config: MachineConfig, scenario: Scenario): Node {
  const label = nodeLabel({ id });
  return {
    ...UNSEEN,
    id,
    manager_type: config.process_manager,
    software: generation(scenario),
    node_name: nodeName(id),
    service: `${label}.service`,
    user: "sim",
    binary: `/sim/node/${label}/antnode`,
    version: undefined,
    root_dir: `${config.node_storage[0]}/${label}`,
    log_dir: undefined,
    port: config.port_start * 1000 + id,
    metrics_port: config.metrics_port_start * 1000 + id,
    rpc_port: config.rpc_port_start * 1000 + id,
    network: "evm-arbitrum-one",
    wallet: undefined,
    status: "STOPPED",
    status_since: EPOCH,
    born_at: EPOCH,
    host: "127.0.0.1",
    method: config.process_manager,
    environment: undefined,
    wanted: "running",
  };
}

/** A node that has been running since before the simulation's beginning. */
function adopted(row: Node, node: SimNode, process: ProcessIdentity | undefined): Node {
  const since = EPOCH + (node.started_at ?? 0);
  return {
    ...row,
    ...process,
    status: "RUNNING",
    status_since: since,
    born_at: since,
    version: node.version,
  };
}

const processOf = (node: SimNode | undefined, world: World): ProcessIdentity | undefined =>
  node?.started_at === undefined
    ? undefined
    : { pid: node.pid, pid_started: node.started_at, boot_id: `boot ${world.boots()}` };

/** What a survey sees of the node. */
function observationOf(row: Node, node: SimNode | undefined, world: World, scenario: Scenario): Observation {
  const process = processOf(node, world);
  const folder = { is: "there", own_disk: false, has_key: true } as const;
  if (node === undefined || process === undefined) {
    const ended_by_reboot = row.boot_id !== undefined && row.boot_id !== `boot ${world.boots()}`;
    return {
      process: { state: "stopped" },
      reading: undefined,
      folder,
      ended_because: undefined,
      shown_on: row.port,
      ended_by_reboot,
    };
  }
  const uptime = world.now() - process.pid_started;
  const connected_peers = node.start_work > 0 || world.isOut() ? 0 : 40;
  return {
    process: { state: "running", process },
    folder: row.own_disk === undefined ? folder : undefined,
    ended_because: undefined,
    shown_on: row.port,
    reading: world.isSilent(node)
      ? { answered: false, because: "timeout" }
      : {
          answered: true,
          readings: { ...NO_READINGS, records: Math.round(node.disk_bytes / MIB), uptime, connected_peers },
          version: node.version,
          peer_id: `peer ${node.id}`,
          data_bytes: scenario.node.reserves === undefined ? undefined : node.disk_bytes,
        },
  };
}

type Simulated = {
  readonly rows: Map<NodeId, Node>;
  readonly world: World;
  readonly scenario: Scenario;
  readonly bad_versions: Map<string, string>;
  readonly snapshot: Snapshot;
};

function keep({ rows }: Simulated, node: Node): Node {
  rows.set(node.id, node);
  return node;
}

/** Records a node whose process has been started, with the share of the disk that it keeps free. */
function launched(starting: Node, node: SimNode | undefined, simulated: Simulated): void {
  const { world, scenario, snapshot } = simulated;
  const reserve = scenario.node.reserves === true ? reserveMb(snapshot) : undefined;
  if (node !== undefined && reserve !== undefined) node.reserve_bytes = reserve * MIB;
  const version = node?.version ?? starting.version;
  keep(simulated, { ...BECOMES.started(starting, processOf(node, world)), version });
}

/** Does to rows and world what the executor does. Returns the bytes that were deleted. */
function perform(action: Exclude<Action, { type: "idle" | "survey" }>, simulated: Simulated): number {
  const { rows, world, scenario, bad_versions, snapshot } = simulated;
  const { config, now } = snapshot;
  if (action.type === "add") {
    world.create(action.node);
    const row = { ...newRow(action.node, config, scenario), born_at: now, status_since: now };
    launched(keep(simulated, BECOMES.starting(row, now)), world.start(action.node), simulated);
    return 0;
  }
  const node = rows.get(action.node);
  if (node === undefined) throw new Error(`The rules name a node that is not there: ${action.node}`);
  switch (action.type) {
    case "restart":
      world.stop(node.id);
      launched(BECOMES.starting(node, now), world.start(node.id), simulated);
      return 0;
    case "start":
      launched(BECOMES.starting(node, now), world.start(node.id), simulated);
      return 0;
    case "stop":
      world.stop(node.id);
      keep(simulated, BECOMES.stopped(BECOMES.stopping(node), now));
      return 0;
    case "hold":
      world.stop(node.id);
      keep(simulated, BECOMES.heldBack(node, now));
      return 0;
    case "upgrade":
      launched(BECOMES.upgrading(node, now), world.upgrade(node.id, action.to), simulated);
      return 0;
    case "rollback":
      bad_versions.set(node.version ?? "", action.reason);
      launched(
        { ...BECOMES.rollingBack(node, now), previous_version: undefined },
        world.upgrade(node.id, action.to),
        simulated,
      );
      return 0;
    case "remove":
      if (action.when === "now") {
        rows.delete(node.id);
        return world.remove(node.id);
      }
      world.stop(node.id);
      keep(simulated, BECOMES.withoutProcess(BECOMES.removing(node, action.cause, now)));
      return 0;
    default:
      throw new Error(`No scenario asks for ${action.type}`);
  }
}
