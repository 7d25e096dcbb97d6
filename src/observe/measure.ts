import { isDown } from "../decide/snapshot.ts";
import type { DiskUse } from "../host/disk.ts";
import { hostOf } from "../host/host.ts";
import { comparable, hasBegunAgain, hostMetrics } from "../host/metrics.ts";
import type { Counters, HostMetrics } from "../model/host.ts";
import { type Node, sameBoot } from "../model/node.ts";
import { hasContainerRestarted } from "../os/processes/earlier-boot.ts";
import type { World } from "../os/world.ts";
import { groupOfNodes } from "../process/managers.ts";
import type { MachineConfig } from "../settings/machine.ts";

/** What was measured of the machine, and the counters that the next run measures against. */
export type Measurement = { readonly metrics: HostMetrics; readonly counters: Counters };

const APART_MS = 1_000;

/** Measures the machine against the last run's counters, or against new ones a second later. `disk` is measured already. */
export async function measure(
  config: MachineConfig,
  last: Counters | undefined,
  world: World,
  disk: DiskUse | undefined,
): Promise<Measurement> {
  const host = await hostOf(world.platform);
  let before = last;
  const nodes_group = groupOfNodes(config.process_manager, world.uid);
  let after = await host.readCounters(nodes_group);
  if (!comparable(before, after)) {
    before = after;
    await world.clock.sleep(APART_MS);
    after = await host.readCounters(nodes_group);
  }
  const gauges = {
    now: world.clock.now(),
    memory: await host.memory(nodes_group),
    processors: await host.processors(nodes_group),
    loads: host.loadAverages(),
    disk,
  };
  return { metrics: hostMetrics(before, after, gauges), counters: after };
}

/**
 * True when the machine, or the container, has booted since the counters were read; without any, when it booted after
 * `last_stopped_at`. Only nodes that are down can show the start of a container.
 */
export function hasRebooted(
  last: Counters | undefined,
  { metrics, counters }: Measurement,
  config: MachineConfig,
  nodes: readonly Node[],
): boolean {
  if (last !== undefined) {
    const same = sameBoot(last.boot_id, counters.boot_id);
    if (same === false || hasBegunAgain(last, counters)) return true;
    return nodes.some(isDown) && hasContainerRestarted(last.uptime);
  }
  // The boot time is computed from a clock that may be adjusted: a minute of difference is no reboot.
  return (metrics.system_start ?? 0) > config.last_stopped_at + 60;
}
