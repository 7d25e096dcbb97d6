import { settle } from "./decide/lifecycle.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { survey } from "./execute/survey.ts";
import { diskUse } from "./host/disk.ts";
import { hostOf } from "./host/host.ts";
import { comparable, hostMetrics } from "./host/metrics.ts";
import { blockOf, type Container } from "./model/container.ts";
import type { Counters, HostMetrics, NodeBinary } from "./model/host.ts";
import type { ManagerKind, Node, NodeId, Seconds } from "./model/node.ts";
import { namesIn } from "./os/files.ts";
import type { ProcessManager } from "./process/manager.ts";
import type { MachineConfig } from "./settings/machine.ts";
import type { World } from "./world.ts";

const APART_MS = 1_000;

/** Measures the machine: against the last run's counters when they are fresh, else against new ones a second later. */
export async function measure(
  config: MachineConfig,
  last: Counters | undefined,
  world: World,
): Promise<{ metrics: HostMetrics; counters: Counters }> {
  const host = await hostOf(world.platform);
  let before = last;
  let after = await host.readCounters();
  if (!comparable(before, after)) {
    before = after;
    await world.clock.sleep(APART_MS);
    after = await host.readCounters();
  }
  const gauges = {
    now: world.clock.now(),
    used_mem_percent: await host.usedMemPercent(),
    loads: host.loadAverages(),
    disk: diskUse(config.node_storage),
  };
  return { metrics: hostMetrics(before, after, gauges), counters: after };
}

/** Asks every node and judges the answers. Gives the nodes as they are, and the moment at which they were judged. */
export async function look(
  nodes: readonly Node[],
  config: MachineConfig,
  manager: (kind: ManagerKind) => ProcessManager,
  describe: (path: string) => Promise<NodeBinary>,
  world: World,
): Promise<{ nodes: readonly Node[]; now: Seconds }> {
  const pace = { ...world.clock, delay_ms: config.survey_delay, describe };
  const seen = await survey(nodes, manager, pace);
  const now = world.clock.now();
  const settled = nodes.map((node) => {
    const observation = seen.get(node.id);
    return observation === undefined ? node : settle(node, observation, config, now);
  });
  return { nodes: settled, now };
}

/** True when the machine has booted since the counters were read; without any, when it booted after `last_stopped_at`. */
export function hasRebooted(
  last: Counters | undefined,
  counters: Counters,
  config: MachineConfig,
  metrics: HostMetrics,
): boolean {
  if (last !== undefined) return last.boot_id !== counters.boot_id;
  // The boot time is computed from a clock that may be adjusted: a minute of difference is no reboot.
  return (metrics.system_start ?? 0) > config.last_stopped_at + 60;
}

/** Numbers whose folder is there without a node of the colony, or whose ports somebody has bound. */
export async function takenIds(
  config: MachineConfig,
  nodes: readonly Node[],
  containers: readonly Container[],
  world: World,
): Promise<Snapshot["taken"]> {
  const taken = new Set<NodeId>();
  const own = new Set<number>(nodes.map((node) => node.id));
  for (const name of namesIn(config.node_storage)) {
    const id = Number(/^antnode(\d{4,})$/.exec(name)?.[1] ?? Number.NaN);
    if (!own.has(id)) taken.add(id as NodeId);
  }
  const ports = await (await hostOf(world.platform)).boundPorts();
  // The engine binds every port of a container as soon as that starts, nodes or not.
  const blocks = containers.map((container) => blockOf(container, config.port_start));
  const published = (id: NodeId) => blocks.some(({ first, last }) => first <= id && id <= last);
  for (const block of [config.port_start, config.metrics_port_start]) {
    for (const port of ports) {
      const id = (port - block * 1000) as NodeId;
      if (!published(id)) taken.add(id);
    }
  }
  return taken;
}
