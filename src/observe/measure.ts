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

/** The machine's measurements, and the counters for the next run to compare with. */
export type Measurement = { readonly metrics: HostMetrics; readonly counters: Counters };

const APART_MS = 1_000;

/** Measures the machine since the last run's counters if recent, else over one second. `disk` is already measured. */
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
 * True when the machine or container has booted since the counters were read or, without counters, after
 * `last_stopped_at`. A container's start can only be inferred from nodes being down.
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
  // The boot time is computed from the clock, which may be adjusted, so a difference of a minute is no reboot.
  return (metrics.system_start ?? 0) > config.last_stopped_at + 60;
}
