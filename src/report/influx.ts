import { nodesThatAre, type Snapshot } from "../decide/snapshot.ts";
import { type Node, nodeName } from "../model/node.ts";
import { wholeDigits } from "./node-details.ts";

/** The nodes at one moment. */
type Colony = Pick<Snapshot, "nodes" | "now">;

/** A field's value as line protocol writes it; undefined leaves the field out, because unknown is not zero. */
type Field = readonly [key: string, value: string | undefined];

const integer = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${Math.round(value)}i`;
/** Stored in hundredths. */
const hundredths = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : decimal(value / 100);
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
/** Backslash and quote are what a string field may not hold bare; a line break would end the line. */
const text = (value: string): string => `"${value.replace(/[\r\n]+/g, " ").replace(/["\\]/g, "\\$&")}"`;

function line(measurement: string, fields: readonly Field[], s: Colony): string {
  const known = fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  // Line protocol has no line without a field.
  return known.length === 0 ? "" : `${measurement} ${known.join(",")} ${s.now}000000000\n`;
}

const common = (node: Node): readonly Field[] => [
  ["gets", integer(node.gets)],
  ["puts", integer(node.puts)],
  ["up_time", integer(node.uptime)],
];
const traffic = (node: Node): readonly Field[] => [
  ["open_connections", integer(node.open_connections)],
  ["total_peers", integer(node.total_peers)],
];
const load = (node: Node): readonly Field[] => [
  ["bad_peers", integer(node.bad_peers)],
  ["mem", hundredths(node.mem)],
  ["cpu", hundredths(node.cpu)],
  ["rel_records", integer(node.rel_records)],
  ["max_records", integer(node.max_records)],
  ["payment_count", integer(node.payment_count)],
  ["live_time", integer(node.live_time)],
];

const running = (s: Colony): readonly Node[] => nodesThatAre(s, "RUNNING");

/** Mean of what the running nodes estimate; 0 when none does, as in Python wnm. */
function networkSize(s: Colony): number {
  const sizes = running(s).flatMap((node) => node.network_size ?? []);
  return sizes.length === 0 ? 0 : Math.floor(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
}

const totalRewards = (s: Colony): number => s.nodes.reduce((sum, node) => sum + (node.rewards ?? 0), 0);

/** InfluxDB line protocol with the names and types of Python wnm. */
export function influxResources(s: Colony): string {
  if (s.nodes.length === 0) return "# No nodes found\n";
  const nodes = s.nodes.map((node) =>
    line(
      `nodes,id=${node.id}`,
      [
        ["PeerId", text(node.peer_id ?? "")],
        ["status", text(node.status)],
        ["version", text(node.version ?? "")],
        ...common(node),
        ["rewards", text(node.rewards === undefined ? "0" : wholeDigits(node.rewards))],
        ["records", integer(node.records)],
        ["connected_peers", integer(node.connected_peers)],
        ["network_size", integer(node.network_size)],
        ...traffic(node),
        ["shunned_count", integer(node.shunned)],
        ...load(node),
      ],
      s,
    ),
  );
  const counts = nodeCounts(s);
  const totals = line("nodes_totals", [["rewards", text(decimal(totalRewards(s)))], ...counts], s);
  return [...nodes, totals, line("nodes_network", [["size", integer(networkSize(s))]], s)].join("");
}

const nodeCounts = (s: Colony): readonly Field[] => [
  ["nodes_running", integer(running(s).length)],
  ["nodes_killed", integer(s.nodes.length - running(s).length)],
];

/**
 * The same in the spelling that NTracking's script writes and its dashboards read: ids of four digits, statuses in
 * lower case after the first letter, rewards as numbers, and `networ_size`, which is how they spell it.
 */
export function influxNtracking(s: Snapshot): string {
  if (s.nodes.length === 0) return "# No nodes found\n";
  const nodes = s.nodes.map((node) =>
    line(
      `nodes,id=${nodeName(node.id)}`,
      [
        ["PeerId", text(node.peer_id ?? "")],
        ["status", text(node.status.charAt(0) + node.status.slice(1).toLowerCase())],
        ["version", text(node.version ?? "")],
        ...common(node),
        ["rewards", String(node.rewards ?? 0)],
        ["records", integer(node.records)],
        ["connected_peers", integer(node.connected_peers)],
        ["networ_size", integer(node.network_size)],
        ...traffic(node),
        ["shunned_count", integer(node.shunned_count)],
        ...load(node),
        ["shunned_closedgroup", integer(node.shunned)],
        ["shunned_oldclosedgroup", integer(node.shunned_by_old_close_group)],
      ],
      s,
    ),
  );
  const { total_hd_bytes, used_hd_percent } = s.metrics;
  return [
    ...nodes,
    line("nodes_totals", [["rewards", String(totalRewards(s))], ...nodeCounts(s)], s),
    line(
      "nodes_totals",
      [
        ["total_disk", integer(total_hd_bytes)],
        ["Disk_percent", integer(used_hd_percent)],
      ],
      s,
    ),
    line("nodes_network", [["size", integer(networkSize(s))]], s),
  ].join("");
}
