import { type DiskFigures, diskFigures } from "../decide/disk-figures.ts";
import { growthInWeek } from "../decide/disk-growth.ts";
import { disksOf } from "../decide/disks.ts";
import { countsByStatus, isOutdated, nodesThatAre, type Snapshot } from "../decide/snapshot.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Pairs } from "./pairs.ts";

/** Metrics of the machine and its nodes, in Python wnm's order. */
export function machineMetrics(s: Snapshot): Pairs {
  const { metrics, nodes, binary } = s;
  const counts = countsByStatus(nodes);
  const enabled = nodes.filter(({ status }) => status !== "DISABLED");
  const byVersion: Record<string, number> = {};
  for (const node of nodes) {
    if (node.version !== undefined) byVersion[node.version] = (byVersion[node.version] ?? 0) + 1;
  }
  return [
    ["system_start", metrics.system_start],
    ["total_nodes", nodes.length],
    ["running_nodes", counts.RUNNING ?? 0],
    ["stopped_nodes", counts.STOPPED ?? 0],
    ["restarting_nodes", counts.RESTARTING ?? 0],
    ["upgrading_nodes", counts.UPGRADING ?? 0],
    ["migrating_nodes", counts.MIGRATING ?? 0],
    ["removing_nodes", counts.REMOVING ?? 0],
    ["dead_nodes", counts.DEAD ?? 0],
    ["disabled_nodes", counts.DISABLED ?? 0],
    ["antnode", binary.path],
    ["antnode_version", binary.version],
    ["queen_node_version", nodes[0]?.version],
    [
      "nodes_latest_v",
      enabled.filter((node) => node.version !== undefined && node.version === binary.version).length,
    ],
    ["nodes_no_version", enabled.filter((node) => node.version === undefined).length],
    ["nodes_to_upgrade", nodesThatAre(s, "RUNNING").filter((node) => isOutdated(node, binary)).length],
    ["nodes_by_version", byVersion],
    ["load_average_1", metrics.load_average_1],
    ["load_average_5", metrics.load_average_5],
    ["load_average_15", metrics.load_average_15],
    ["idle_cpu_percent", metrics.idle_cpu_percent],
    ["io_wait", metrics.io_wait],
    ["used_cpu_percent", metrics.used_cpu_percent],
    ["used_mem_percent", metrics.used_mem_percent],
    ["free_mem_percent", metrics.free_mem_percent],
    ["used_hd_percent", metrics.used_hd_percent],
    ["total_hd_bytes", metrics.total_hd_bytes],
    ["hdio_write_bytes", metrics.hdio_write_bytes],
    ["hdio_read_bytes", metrics.hdio_read_bytes],
    ["netio_write_bytes", metrics.netio_write_bytes],
    ["netio_read_bytes", metrics.netio_read_bytes],
    ["node_hd_crisis", crisisPercent(s)],
    ["nodes_used_bytes", usedBytes(nodes)],
    ["expected_growth_bytes", disksOf(s).reduce((sum, view) => sum + Math.round(growthInWeek(view)), 0)],
    ["disks", diskFigures(s).map(unknownAsNull)],
  ];
}

/** Writes unknown values as null, which a list would omit. */
const unknownAsNull = (figures: DiskFigures): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, value ?? null]));

/** The percentage of the disk below hd_remove that all nodes would use at crisis_bytes each. */
function crisisPercent({ metrics, nodes, config }: Snapshot): number | undefined {
  const { total_hd_bytes } = metrics;
  if (total_hd_bytes === undefined || total_hd_bytes * config.hd_remove === 0) return undefined;
  return Math.floor((nodes.length * config.crisis_bytes * 10_000) / (total_hd_bytes * config.hd_remove));
}

/** Bytes per node, omitting unknown ones, because unknown is not zero. */
const usedBytes = (nodes: readonly Node[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    nodes.flatMap((node) => (node.data_bytes === undefined ? [] : [[nodeLabel(node), node.data_bytes]])),
  );
