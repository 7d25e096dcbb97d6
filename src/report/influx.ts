import { diskFigures } from "../decide/disk-figures.ts";
import { hasSeveralDisks } from "../decide/disks.ts";
import { nodesThatAre, type Snapshot } from "../decide/snapshot.ts";
import { type Node, nodeName } from "../model/node.ts";
import { COUNTER_NAMES } from "../model/node-counters.ts";
import type { NodeStatus } from "../model/node-status.ts";
import { withoutOldReadings } from "./as-of.ts";
import { type Field, hundredths, integer, line, tag, text } from "./line-protocol.ts";

type Colony = Pick<Snapshot, "nodes" | "now">;

/** Differences between the formats expected by two families of dashboards. */
type Dialect = {
  readonly id: (node: Node) => string;
  readonly status: (status: NodeStatus) => string;
  readonly rewards: (atto: bigint) => string;
  readonly totalRewards: (atto: bigint) => string;
  readonly networkSize: string;
  readonly shunned: (node: Node) => number | undefined;
  /** The node with the readings to write. */
  readonly seen: (node: Node) => Node;
  readonly killed: (s: Colony) => number;
  /** The value for an unknown reading; undefined omits the field. */
  readonly unknown: 0 | undefined;
  readonly more: (node: Node) => readonly Field[];
};

const PYTHON_WNM: Dialect = {
  id: ({ id }) => String(id),
  status: (status) => status,
  rewards: (atto) => text(String(atto)),
  totalRewards: (atto) => text(`${atto}.0`),
  networkSize: "network_size",
  shunned: (node) => node.shunned,
  // Old readings of a silent node are meaningless.
  seen: withoutOldReadings,
  killed: (s) => nodesThatAre(s, "STOPPED", "DEAD").length,
  // A dashboard that shows the last value would keep an old one.
  unknown: 0,
  more: () => [],
};

const NTRACKING: Dialect = {
  id: ({ id }) => nodeName(id),
  status: (status) => status.charAt(0) + status.slice(1).toLowerCase(),
  rewards: String,
  totalRewards: String,
  // The spelling of NTracking's script and dashboards.
  networkSize: "networ_size",
  shunned: (node) => node.shunned_count,
  seen: withoutOldReadings,
  killed: (s) => s.nodes.length - nodesThatAre(s, "RUNNING").length,
  unknown: undefined,
  more: (node) => [
    ["shunned_closedgroup", integer(node.shunned)],
    ["shunned_oldclosedgroup", integer(node.shunned_by_old_close_group)],
  ],
};

/** InfluxDB line protocol with the names and types of Python wnm. */
export const influxResources = (s: Colony): string => influx(s, PYTHON_WNM, []);

/** InfluxDB line protocol as NTracking's script writes it, with the disk of the machine. */
export const influxNtracking = (s: Snapshot): string =>
  influx(s, NTRACKING, [
    ["total_disk", integer(s.metrics.total_hd_bytes)],
    ["Disk_percent", integer(s.metrics.used_hd_percent)],
  ]) + diskLines(s);

/** A line for each disk if there are several; the totals are of the first. */
const diskLines = (s: Snapshot): string =>
  s.nodes.length === 0 || !hasSeveralDisks(s)
    ? ""
    : diskFigures(s)
        .map((disk) =>
          line(
            `nodes_disks,disk=${tag(disk.disk)}`,
            [
              ["total_disk", integer(disk.total_hd_bytes)],
              ["free_disk", integer(disk.free_hd_bytes)],
              ["Disk_percent", integer(disk.used_hd_percent)],
              ["nodes", integer(disk.nodes)],
              ["growth_per_day", integer(disk.growth_bytes_per_day)],
              ["days_until_full", integer(disk.days_until_full)],
            ],
            s.now,
          ),
        )
        .join("");

function influx(s: Colony, dialect: Dialect, disk: readonly Field[]): string {
  const { nodes, now } = s;
  if (nodes.length === 0) return "# No nodes found\n";
  const running = nodesThatAre(s, "RUNNING");
  const rewards = nodes.reduce((sum, node) => sum + (node.rewards ?? 0n), 0n);
  return [
    ...nodes.map((node) =>
      line(`nodes,id=${dialect.id(node)}`, nodeFields(dialect.seen(node), dialect), now),
    ),
    line(
      "nodes_totals",
      [
        ["rewards", dialect.totalRewards(rewards)],
        ["nodes_running", integer(running.length)],
        ["nodes_killed", integer(dialect.killed(s))],
      ],
      now,
    ),
    line("nodes_totals", disk, now),
    line("nodes_network", [["size", integer(networkSize(running.map(dialect.seen)))]], now),
  ].join("");
}

function nodeFields(node: Node, dialect: Dialect): readonly Field[] {
  const whole = (value: number | undefined) => integer(value ?? dialect.unknown);
  const decimal = (value: number | undefined) => hundredths(value ?? dialect.unknown);
  return [
    ["PeerId", text(node.peer_id ?? "")],
    ["status", text(dialect.status(node.status))],
    ["version", text(node.version ?? "")],
    ["gets", whole(node.gets)],
    ["puts", whole(node.puts)],
    ["up_time", whole(node.uptime)],
    ["rewards", dialect.rewards(node.rewards ?? 0n)],
    ["records", whole(node.records)],
    ["connected_peers", whole(node.connected_peers)],
    [dialect.networkSize, whole(node.network_size)],
    ["open_connections", whole(node.open_connections)],
    ["total_peers", whole(node.total_peers)],
    ["shunned_count", whole(dialect.shunned(node))],
    ["bad_peers", whole(node.bad_peers)],
    ["mem", decimal(node.mem)],
    ["cpu", decimal(node.cpu)],
    ["rel_records", whole(node.rel_records)],
    ["max_records", whole(node.max_records)],
    ["payment_count", whole(node.payment_count)],
    ["live_time", whole(node.live_time)],
    ...dialect.more(node),
    // Only if known, so that lines of antnodes stay as dashboards expect them.
    ...COUNTER_NAMES.map((name): Field => [name, integer(node[name])]),
  ];
}

/** The mean of the running nodes' estimates; 0 without any, as in Python wnm. */
function networkSize(running: readonly Node[]): number {
  const sizes = running.flatMap((node) => node.network_size ?? []);
  return sizes.length === 0 ? 0 : Math.floor(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
}
