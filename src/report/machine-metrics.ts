import { unpromisedBytes } from "../decide/pressure.ts";
import { leftBytes, promisedBytes } from "../decide/ration.ts";
import { countsByStatus, isOutdated, nodesThatAre, type Snapshot } from "../decide/snapshot.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import type { Pairs } from "./machine-config.ts";

/** The machine and its nodes in figures, in Python wnm's order. */
export function machineMetrics(s: Snapshot): Pairs {
  const { metrics, nodes, binary } = s;
  const counts = countsByStatus(nodes);
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
      nodes.filter((node) => node.version !== undefined && node.version === binary.version).length,
    ],
    ["nodes_no_version", nodes.filter((node) => node.version === undefined).length],
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
    ["unpromised_hd_bytes", unpromisedBytes(s)],
    ["nodes_promised_bytes", bytesByNode(nodes, promisedBytes)],
    ["nodes_used_bytes", bytesByNode(nodes, (node) => node.data_bytes)],
    ["nodes_left_bytes", bytesByNode(nodes, leftBytes)],
  ];
}

/** How much of the disk below hd_remove all nodes would take at crisis_bytes each, in whole percent. */
function crisisPercent({ metrics, nodes, config }: Snapshot): number | undefined {
  const { total_hd_bytes } = metrics;
  if (total_hd_bytes === undefined || total_hd_bytes * config.hd_remove === 0) return undefined;
  return Math.floor((nodes.length * config.crisis_bytes * 10_000) / (total_hd_bytes * config.hd_remove));
}

/** A node without such a figure is left out: it is unknown, not zero. */
const bytesByNode = (
  nodes: readonly Node[],
  bytes: (node: Node) => number | undefined,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    nodes.flatMap((node) => {
      const known = bytes(node);
      return known === undefined ? [] : [[nodeLabel(node), known]];
    }),
  );
