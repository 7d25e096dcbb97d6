import { countsByStatus } from "../decide/snapshot.ts";
import { totalsOf } from "../decide/totals.ts";
import { antOf } from "../model/atto.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { NODE_STATUSES } from "../model/node-status.ts";
import type { NodeTotals } from "../model/totals.ts";
import { withoutOldReadings } from "./as-of.ts";
import { counter, type Family, gauge, gauges } from "./exposition-format.ts";
import type { PrometheusFacts } from "./prometheus-facts.ts";

/** The colony as a whole: what a board of many machines needs, in a number of series that does not grow with it. */
export function colonyFamilies({ snapshot, totals, earned_day }: PrometheusFacts): readonly Family[] {
  const nodes = snapshot.nodes.map(withoutOldReadings);
  const counts = countsByStatus(nodes);
  const versions = countBy(nodes.map(({ version }) => version ?? ""));
  const rewards = nodes.reduce((sum, node) => sum + (node.rewards ?? 0n), 0n);
  return [
    gauge("wnm_node_cap", "Most nodes that the machine may have.", snapshot.config.node_cap),
    gauges(
      "wnm_nodes",
      "Nodes by status.",
      NODE_STATUSES.map((status) => [{ status }, counts[status] ?? 0]),
    ),
    gauges(
      "wnm_nodes_by_version",
      "Nodes by the version of their program.",
      [...versions].map(([version, count]) => [{ version }, count]),
    ),
    ...COLONY_METRICS.map(([name, help, value]) => gauge(`wnm_colony_${name}`, help, value(nodes))),
    gauges("wnm_colony_rewards_ant", "ANT that the nodes say they have earned.", [[{}, antOf(rewards)]]),
    gauges("wnm_colony_earned_day_ant", "ANT that all nodes earned in the last 24 hours.", [
      [{}, antOf(earned_day)],
    ]),
    counter("wnm_colony_deaths_total", "Ends of nodes that nobody asked for.", [[{}, totals.deaths]]),
    counter("wnm_colony_restarts_total", "Times that nodes were started again.", [[{}, totals.restarts]]),
  ];
}

/** One figure of all nodes. */
type ColonyMetric = readonly [
  name: string,
  help: string,
  value: (nodes: readonly Node[]) => number | undefined,
];

const sumOf =
  (value: (node: Node) => number | undefined): ColonyMetric[2] =>
  (nodes) =>
    nodes.reduce((total, node) => total + (value(node) ?? 0), 0);

const COLONY_METRICS: readonly ColonyMetric[] = [
  ["answering_nodes", "Nodes that answer.", sumOf((node) => answers(node))],
  [
    "silent_nodes",
    "Nodes that run and do not answer.",
    (nodes) => nodes.filter((node) => answers(node) === 0).length,
  ],
  ["records", "Records that all nodes store.", sumOf(({ records }) => records)],
  ["data_bytes", "Bytes of what all nodes store.", sumOf(({ data_bytes }) => data_bytes)],
  [
    "least_connected_peers",
    "Peers of the node that has the fewest.",
    (nodes) => {
      const peers = nodes.flatMap(({ connected_peers }) => connected_peers ?? []);
      return peers.length === 0 ? undefined : peers.reduce((least, count) => Math.min(least, count));
    },
  ],
];

function countBy(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Names of metrics that a colony of many nodes has with `prometheus_nodes` few. */
const FEW: ReadonlySet<string> = new Set([
  ...["up", "answers", "deaths_total", "restarts_total"],
  ...["records", "connected_peers", "rewards_ant", "data_bytes"],
]);

/** Series of each node, as many as the colony wants. */
export function nodeFamilies({ snapshot, totals }: PrometheusFacts): readonly Family[] {
  const { prometheus_nodes } = snapshot.config;
  if (prometheus_nodes === "none") return [];
  const nodes = snapshot.nodes.map(withoutOldReadings);
  return [
    gauges(
      "wnm_node_info",
      "What each node is.",
      nodes.map((node) => {
        const { status, version = "", peer_id = "", manager_type: manager } = node;
        return [{ node: nodeLabel(node), status, version, peer_id, manager }, 1];
      }),
    ),
    ...NODE_METRICS.filter(([name]) => prometheus_nodes === "all" || FEW.has(name)).map(
      ([name, type, help, value]): Family => ({
        name: `wnm_node_${name}`,
        type,
        help,
        samples: nodes.map((node) => [{ node: nodeLabel(node) }, value(node, totalsOf(totals, node.id))]),
      }),
    ),
  ];
}

/** One metric of every node. */
type NodeMetric = readonly [
  name: string,
  type: Family["type"],
  help: string,
  value: (node: Node, totals: NodeTotals) => number | bigint | string | undefined,
];

/** A node without a process is not asked, and one that has just been started has not answered yet. */
const answers = ({ pid, silent_since, uptime, connected_peers }: Node): number | undefined => {
  if (pid === undefined) return undefined;
  return silent_since === undefined && (uptime ?? connected_peers) !== undefined ? 1 : 0;
};

const MEBIBYTE = 1024 * 1024;

const NODE_METRICS: readonly NodeMetric[] = [
  ["up", "gauge", "1 while the node runs.", (node) => (node.status === "RUNNING" ? 1 : 0)],
  ["answers", "gauge", "1 while the node answers, 0 while it runs and does not.", answers],
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
  ["rewards_atto", "gauge", "Atto that the node says it has earned.", (node) => node.rewards],
  [
    "rewards_ant",
    "gauge",
    "ANT that the node says it has earned.",
    ({ rewards }) => (rewards === undefined ? undefined : antOf(rewards)),
  ],
  ["network_size", "gauge", "Nodes of the network by the node's estimate.", (node) => node.network_size],
  ["sent_bytes_total", "counter", "Bytes that an ant-node has sent.", (node) => node.sent_bytes],
  ["received_bytes_total", "counter", "Bytes that an ant-node has received.", (node) => node.received_bytes],
  [
    "get_requests_total",
    "counter",
    "Times that a chunk was requested from the node.",
    (node) => node.get_requests,
  ],
  [
    "put_requests_total",
    "counter",
    "Times that the node was asked to store a chunk.",
    (node) => node.put_requests,
  ],
  ["quotes_total", "counter", "Times that the node was asked for a price.", (node) => node.quotes],
  ["audits_passed_total", "counter", "Audits of other nodes that they passed.", (node) => node.audits_passed],
  ["audits_failed_total", "counter", "Audits of other nodes that they failed.", (node) => node.audits_failed],
  ["connected_peers_timestamp_seconds", "gauge", "When the peers were counted.", (node) => node.peers_at],
  [
    "routing_table_timestamp_seconds",
    "gauge",
    "When the routing table was counted.",
    (node) => node.routing_at,
  ],
  [
    "counters_timestamp_seconds",
    "gauge",
    "When an ant-node reported its counters.",
    (node) => node.counters_at,
  ],
  ["data_bytes", "gauge", "Bytes of what the node stores.", (node) => node.data_bytes],
  ["memory_bytes", "gauge", "Memory that the node uses.", (node) => memoryBytes(node.mem)],
  [
    "cpu_ratio",
    "gauge",
    "Processor use of the node; 1 is one processor.",
    (node) => (node.cpu === undefined ? undefined : node.cpu / 10_000),
  ],
  ["deaths_total", "counter", "Ends that nobody asked for.", (_, totals) => totals.deaths],
  [
    "restarts_total",
    "counter",
    "Times that wnm or its supervisor started the node again.",
    (_, totals) => totals.restarts,
  ],
  ["crashes", "gauge", "Deaths in a row that nobody asked for.", (node) => node.crashes],
];

/** Bytes from hundredths of a MiB. */
const memoryBytes = (mem: number | undefined): number | undefined =>
  mem === undefined ? undefined : Math.round((mem / 100) * MEBIBYTE);
