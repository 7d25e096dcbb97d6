import type { HostMetrics } from "../model/host.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { noRation, outstandingBytes } from "./ration.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

type PercentName = "cpu" | "mem" | "hd";
const PERCENTS: readonly PercentName[] = ["cpu", "mem", "hd"];

type LoadName = "load_average_1" | "load_average_5" | "load_average_15";
const LOADS: readonly LoadName[] = ["load_average_1", "load_average_5", "load_average_15"];

/** Input and output: each group is watched only when one of its four limits is set. */
const IO_GROUPS = ["hdio", "netio"] as const;
const DIRECTIONS = ["read", "write"] as const;
type IoGroup = (typeof IO_GROUPS)[number];

const usedPercent = (metrics: HostMetrics, name: PercentName): number | undefined =>
  metrics[`used_${name}_percent`];

const watched = (config: MachineConfig, group: IoGroup): boolean =>
  config[`${group}_read_less_than`] +
    config[`${group}_read_remove`] +
    config[`${group}_write_less_than`] +
    config[`${group}_write_remove`] >
  1;

const shown = (value: number): string => (Math.round(value * 10) / 10).toString();

/** Measurements above their remove line, each with both numbers. A missing measurement never argues for shedding. */
export function reasonsToShed(s: Pick<Snapshot, "config" | "metrics">): readonly string[] {
  const { config, metrics } = s;
  const reasons: string[] = [];
  for (const name of PERCENTS) {
    const used = usedPercent(metrics, name);
    const line = config[`${name}_remove`];
    if (used !== undefined && used > line)
      reasons.push(`${name} ${shown(used)} % > ${name}_remove ${line} %`);
  }
  for (const name of LOADS) {
    const load = metrics[name];
    const line = config.max_load_average_allowed;
    if (load !== undefined && load > line)
      reasons.push(`${name} ${shown(load)} > max_load_average_allowed ${line}`);
  }
  for (const group of IO_GROUPS) {
    if (!watched(config, group)) continue;
    for (const direction of DIRECTIONS) {
      const rate = metrics[`${group}_${direction}_bytes`];
      const line = config[`${group}_${direction}_remove`];
      if (rate !== undefined && line > 0 && rate > line) {
        reasons.push(`${group}_${direction} ${shown(rate)} B/s > ${group}_${direction}_remove ${line} B/s`);
      }
    }
  }
  return reasons;
}

/** True when the disk is above its remove line: then only deleting helps. */
export const diskPressure = (s: Pick<Snapshot, "config" | "metrics">): boolean =>
  s.metrics.used_hd_percent !== undefined && s.metrics.used_hd_percent > s.config.hd_remove;

/** The colony is larger than the operator allows. */
export function overCap(s: Pick<Snapshot, "config" | "nodes">): string | undefined {
  const total = s.nodes.length;
  return total > s.config.node_cap ? `${total} nodes > node_cap ${s.config.node_cap}` : undefined;
}

/** Measurements that are not below their grow line, each with both numbers. A missing one argues against growing. */
export function reasonsNotToGrow(s: Snapshot): readonly string[] {
  const { config, metrics } = s;
  const reasons: string[] = [];
  for (const name of PERCENTS) {
    const used = usedPercent(metrics, name);
    const line = config[`${name}_less_than`];
    if (used === undefined) reasons.push(`${name} could not be measured`);
    else if (used >= line) reasons.push(`${name} ${shown(used)} % >= ${name}_less_than ${line} %`);
  }
  for (const name of LOADS) {
    const load = metrics[name];
    const line = config.desired_load_average;
    if (load === undefined) reasons.push(`${name} could not be measured`);
    else if (load >= line) reasons.push(`${name} ${shown(load)} >= desired_load_average ${line}`);
  }
  for (const group of IO_GROUPS) {
    if (!watched(config, group)) continue;
    for (const direction of DIRECTIONS) {
      const rate = metrics[`${group}_${direction}_bytes`];
      const line = config[`${group}_${direction}_less_than`];
      if (line === 0) continue;
      if (rate === undefined) reasons.push(`${group}_${direction} could not be measured`);
      else if (rate >= line)
        reasons.push(
          `${group}_${direction} ${shown(rate)} B/s >= ${group}_${direction}_less_than ${line} B/s`,
        );
    }
  }
  const running = nodesThatAre(s, "RUNNING", "RESTARTING", "UPGRADING").length;
  if (running >= config.node_cap) reasons.push(`${running} nodes running = node_cap ${config.node_cap}`);
  return reasons;
}

/** Too little room on the disk for another node. */
export function diskTooSmall(s: Snapshot): string | undefined {
  const free = unpromisedBytes(s);
  if (free !== undefined && free < s.config.crisis_bytes) {
    return `${free} bytes of the disk are free and promised to no node < crisis_bytes ${s.config.crisis_bytes}`;
  }
  return s.rationed ? noRation(s) : undefined;
}

/** Free bytes of the disk that no running node has been promised; negative when too much is promised. */
export const unpromisedBytes = (s: Pick<Snapshot, "metrics" | "nodes">): number | undefined =>
  s.metrics.free_hd_bytes === undefined ? undefined : s.metrics.free_hd_bytes - outstandingBytes(s.nodes);
