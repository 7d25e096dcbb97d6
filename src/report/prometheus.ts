import { countsByStatus, type Snapshot } from "../decide/snapshot.ts";
import { NODE_STATUSES, type Node, nodeLabel } from "../model/node.ts";
import type { RunRecord } from "../model/run-record.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | undefined];
type Family = {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
};

const gauge = (name: string, help: string, value: number | undefined): Family => ({
  name,
  type: "gauge",
  help,
  samples: [[{}, value]],
});
const ratio = (percent: number | undefined): number | undefined =>
  percent === undefined ? undefined : percent / 100;

/** One figure of every node; base units, as Prometheus wants them. */
type Figure = readonly [
  name: string,
  type: Family["type"],
  help: string,
  value: (node: Node) => number | undefined,
];
const MEBIBYTE = 1024 * 1024;
const FIGURES: readonly Figure[] = [
  ["up", "gauge", "1 while the node runs.", (node) => (node.status === "RUNNING" ? 1 : 0)],
  ["created_timestamp_seconds", "gauge", "When the node was made.", (node) => node.born_at],
  ["records", "gauge", "Records that the node stores.", (node) => node.records],
  ["relevant_records", "gauge", "Records that the node is responsible for.", (node) => node.rel_records],
  ["max_records", "gauge", "Most records that the node stores.", (node) => node.max_records],
  ["uptime_seconds", "gauge", "How long the node's process has been up.", (node) => node.uptime],
  ["connected_peers", "gauge", "Peers that the node is connected to.", (node) => node.connected_peers],
  ["routing_table_peers", "gauge", "Peers in the node's routing table.", (node) => node.total_peers],
  ["open_connections", "gauge", "Connections that the node has open.", (node) => node.open_connections],
  ["shunned_by_close_group", "gauge", "Close peers that shun the node.", (node) => node.shunned],
  ["shunned_total", "counter", "Times that peers shunned the node.", (node) => node.shunned_count],
  ["bad_peers_total", "counter", "Peers that the node has found bad.", (node) => node.bad_peers],
  ["gets_total", "counter", "Records that the node has fetched.", (node) => node.gets],
  ["puts_total", "counter", "Records that the node has stored.", (node) => node.puts],
  ["payments_total", "counter", "Payments that the node has received.", (node) => node.payment_count],
  ["network_size", "gauge", "Nodes of the network by the node's estimate.", (node) => node.network_size],
  [
    "memory_bytes",
    "gauge",
    "Memory that the node uses.",
    (node) => (node.mem === undefined ? undefined : Math.round((node.mem / 100) * MEBIBYTE)),
  ],
  [
    "cpu_ratio",
    "gauge",
    "Processor use of the node; 1 is one processor.",
    (node) => (node.cpu === undefined ? undefined : node.cpu / 10_000),
  ],
  ["crashes", "gauge", "Deaths in a row that nobody asked for.", (node) => node.crashes],
];

/** The Prometheus text format 0.0.4: the host, the nodes, and how the last run ended. No time stamps. */
export function prometheus(s: Snapshot, run: RunRecord | undefined, version: string): string {
  const { metrics, config, nodes } = s;
  const counts = countsByStatus(nodes);
  const labelled = (node: Node, more: Labels = {}): Labels => ({ node: nodeLabel(node), ...more });
  const families: readonly Family[] = [
    { ...gauge("wnm_build_info", "Version of wnm.", 1), samples: [[{ version }, 1]] },
    gauge("wnm_host_cpu_used_ratio", "Processor use of the machine.", ratio(metrics.used_cpu_percent)),
    gauge("wnm_host_io_wait_ratio", "Time that processors wait for disks.", ratio(metrics.io_wait)),
    gauge("wnm_host_memory_used_ratio", "Memory in use.", ratio(metrics.used_mem_percent)),
    gauge("wnm_host_disk_used_ratio", "Use of the nodes' disk.", ratio(metrics.used_hd_percent)),
    gauge("wnm_host_disk_size_bytes", "Size of the nodes' disk.", metrics.total_hd_bytes),
    gauge("wnm_host_disk_free_bytes", "Free bytes of the nodes' disk.", metrics.free_hd_bytes),
    gauge("wnm_host_load1", "Load average of 1 minute.", metrics.load_average_1),
    gauge("wnm_host_load5", "Load average of 5 minutes.", metrics.load_average_5),
    gauge("wnm_host_load15", "Load average of 15 minutes.", metrics.load_average_15),
    gauge("wnm_host_disk_read_bytes_per_second", "Rate of disk reads.", metrics.hdio_read_bytes),
    gauge("wnm_host_disk_write_bytes_per_second", "Rate of disk writes.", metrics.hdio_write_bytes),
    gauge("wnm_host_network_receive_bytes_per_second", "Rate of network input.", metrics.netio_read_bytes),
    gauge("wnm_host_network_transmit_bytes_per_second", "Rate of network output.", metrics.netio_write_bytes),
    gauge("wnm_host_boot_time_seconds", "When the machine booted.", metrics.system_start),
    gauge("wnm_node_cap", "Most nodes that the machine may have.", config.node_cap),
    {
      ...gauge("wnm_nodes", "Nodes by status.", 0),
      samples: NODE_STATUSES.map((status) => [{ status }, counts[status] ?? 0]),
    },
    {
      ...gauge("wnm_node_info", "What each node is.", 1),
      samples: nodes.map((node) => {
        const { status, peer_id = "", version: of = "", manager_type: manager } = node;
        return [labelled(node, { status, version: of, peer_id, manager }), 1];
      }),
    },
    ...FIGURES.map(([name, type, help, value]) => ({
      name: `wnm_node_${name}`,
      type,
      help,
      samples: nodes.map((node) => [labelled(node), value(node)] as const),
    })),
    ...(run === undefined ? [] : runFamilies(run)),
  ];
  return families.map(exposition).join("");
}

const runFamilies = (run: RunRecord): readonly Family[] => [
  gauge("wnm_last_run_timestamp_seconds", "When the last run ended.", run.ended_at),
  gauge("wnm_last_run_duration_seconds", "How long the last run took.", run.duration_ms / 1000),
  {
    ...gauge("wnm_last_run_actions", "Actions of the last run by how they ended.", 0),
    samples: [
      [{ result: "done" }, run.done],
      [{ result: "failed" }, run.failed],
    ],
  },
  { ...gauge("wnm_last_run_info", "What the last run did.", 1), samples: [[{ status: run.status }, 1]] },
];

function exposition({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === undefined || !Number.isFinite(value) ? [] : [`${name}${braces(labels)} ${value}\n`],
  );
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** Label values escape backslash, quote and line break (Prometheus exposition formats, 0.0.4). */
function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
