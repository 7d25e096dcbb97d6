import { daysUntilFull } from "../checks/colony-checks.ts";
import { slopePerDay } from "../checks/slope.ts";
import type { DiskFigures } from "../decide/disk-figures.ts";
import type { Hour } from "../model/days.ts";
import type { ColonyEvent } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import type { HostMetrics } from "../model/host.ts";
import { type Node, type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { type NodeCounts, nodeCounts } from "./node-counts.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK_DAYS = 7;

/** The input of the overview. */
export type OverviewFacts = {
  /** Name of the machine. */
  readonly host: string;
  readonly version: string;
  readonly now: Seconds;
  /** When the nodes were last asked; undefined: never. */
  readonly surveyed_at: Seconds | undefined;
  readonly config: MachineConfig;
  readonly nodes: readonly Node[];
  readonly metrics: HostMetrics;
  /** Every disk; given where there are several. */
  readonly disks?: readonly DiskFigures[];
  /** What a run would do now, and what the rules wait for, in sentences. */
  readonly doing: readonly string[];
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** Of the last day, the oldest first. */
  readonly events: readonly ColonyEvent[];
  /** Of the last eight days, the oldest first. */
  readonly hours: readonly Hour[];
};

/** How the colony is, on one screen. Amounts in atto, disk in bytes. */
export type Overview = Pick<
  OverviewFacts,
  "host" | "version" | "now" | "surveyed_at" | "doing" | "findings" | "events"
> & {
  readonly process_manager: string;
  readonly nodes: NodeCounts & {
    readonly node_cap: number;
    /** Fewest nodes with a process in the last day, and when; exact when an event says so, else the beginning of the hour. */
    readonly lowest: { readonly up: number; readonly at: Seconds; readonly exact: boolean } | undefined;
  };
  readonly earned: {
    readonly today: bigint;
    readonly week: bigint;
    /** What the nodes of now say that they were paid. */
    readonly total: bigint;
    /** The last seven days in the zone of the machine, the oldest first. */
    readonly days: readonly bigint[];
  };
  readonly records: { readonly total: number; readonly added: number | undefined };
  readonly peers: { readonly mean: number; readonly least: number; readonly least_node: NodeId } | undefined;
  readonly disk: Pick<HostMetrics, "free_hd_bytes" | "total_hd_bytes" | "used_hd_percent"> & {
    readonly growth_bytes_per_day: number | undefined;
    readonly days_until_full: number | undefined;
    readonly hd_remove: number;
  };
  /** Every disk, where there are several; `disk` is the first. */
  readonly disks?: readonly (Overview["disk"] & Pick<DiskFigures, "disk" | "nodes" | "read_only">)[];
  readonly machine: Pick<
    HostMetrics,
    "used_cpu_percent" | "used_mem_percent" | "load_average_1" | "load_average_5" | "load_average_15"
  > &
    Pick<
      MachineConfig,
      | "cpu_less_than"
      | "cpu_remove"
      | "mem_less_than"
      | "mem_remove"
      | "desired_load_average"
      | "max_load_average_allowed"
    >;
};

/** Computes the overview. Pure apart from the zone of the machine. */
export function overviewOf(facts: OverviewFacts): Overview {
  const { host, version, now, surveyed_at, doing, findings, events, config, nodes, metrics, hours } = facts;
  const { cpu_less_than, cpu_remove, mem_less_than, mem_remove, node_cap, process_manager } = config;
  const { desired_load_average, max_load_average_allowed } = config;
  const { used_cpu_percent, used_mem_percent, load_average_1, load_average_5, load_average_15 } = metrics;
  return {
    ...{ host, version, now, surveyed_at, process_manager },
    nodes: { ...nodeCounts(nodes), node_cap, lowest: lowestOf(facts) },
    earned: earnedOf(nodes, hours, now),
    records: recordsOf(nodes, hours, now),
    peers: peersOf(nodes),
    disk: diskOf(facts),
    ...(facts.disks !== undefined && {
      disks: facts.disks.map((disk) => ({ ...disk, hd_remove: config.hd_remove })),
    }),
    machine: {
      ...{ used_cpu_percent, cpu_less_than, cpu_remove, used_mem_percent, mem_less_than, mem_remove },
      ...{ load_average_1, load_average_5, load_average_15, desired_load_average, max_load_average_allowed },
    },
    ...{ doing, findings, events },
  };
}

const TAKEN: ReadonlySet<ColonyEvent["kind"]> = new Set(["stop", "remove"]);
const LOSSES: ReadonlySet<ColonyEvent["kind"]> = new Set([...TAKEN, "died", "dead"]);

function lowestOf({ hours, events, now }: OverviewFacts): Overview["nodes"]["lowest"] {
  const day = hours.filter(({ began_at }) => began_at > now - DAY);
  const [first] = day;
  if (first === undefined) return undefined;
  const low = day.reduce((least, hour) => (hour.fewest_up < least.fewest_up ? hour : least), first);
  const losses = events.filter(
    ({ at, kind, node }) =>
      node !== undefined && LOSSES.has(kind) && at >= low.began_at && at < low.began_at + HOUR,
  );
  // The first after which no more nodes had a process than at the lowest.
  const loss = losses.find((event) => (leftAfter(event, losses) ?? Infinity) <= low.fewest_up);
  return { up: low.fewest_up, at: loss?.at ?? low.began_at, exact: loss !== undefined };
}

/** Nodes with a process after the losses of one moment; the readings are of before wnm took any. */
function leftAfter({ at, readings }: ColonyEvent, losses: readonly ColonyEvent[]): number | undefined {
  const taken = losses.filter((one) => one.at === at && TAKEN.has(one.kind)).length;
  return readings?.nodes === undefined ? undefined : readings.nodes - taken;
}

/** When the day of `at` began in the machine's zone, this many days before. */
export function midnight(at: Seconds, days_before = 0): Seconds {
  const moment = new Date(at * 1000);
  const day = new Date(moment.getFullYear(), moment.getMonth(), moment.getDate() - days_before);
  return Math.floor(day.getTime() / 1000);
}

function earnedOf(nodes: readonly Node[], hours: readonly Hour[], now: Seconds): Overview["earned"] {
  const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);
  const days = Array.from({ length: WEEK_DAYS }, (_, i) => {
    const [from, to] = [midnight(now, WEEK_DAYS - 1 - i), midnight(now, WEEK_DAYS - 2 - i)];
    return sum(hours.flatMap(({ began_at, earned }) => (began_at >= from && began_at < to ? [earned] : [])));
  });
  return {
    today: days.at(-1) ?? 0n,
    week: sum(days),
    total: sum(nodes.map(({ rewards }) => rewards ?? 0n)),
    days,
  };
}

function recordsOf(nodes: readonly Node[], hours: readonly Hour[], now: Seconds): Overview["records"] {
  const total = nodes.reduce((sum, { records }) => sum + (records ?? 0), 0);
  const before = hours.findLast(({ began_at }) => began_at <= now - DAY);
  return { total, added: before === undefined ? undefined : total - before.records };
}

function peersOf(nodes: readonly Node[]): Overview["peers"] {
  const known = nodes.flatMap(({ id, status, silent_since, connected_peers }) =>
    status === "RUNNING" && silent_since === undefined && connected_peers !== undefined
      ? [{ id, connected_peers }]
      : [],
  );
  const [first] = known;
  if (first === undefined) return undefined;
  const least = known.reduce((low, node) => (node.connected_peers < low.connected_peers ? node : low), first);
  const sum = known.reduce((all, { connected_peers }) => all + connected_peers, 0);
  return { mean: Math.round(sum / known.length), least: least.connected_peers, least_node: least.id };
}

function diskOf({ metrics, hours, now, config }: OverviewFacts): Overview["disk"] {
  const { free_hd_bytes, total_hd_bytes, used_hd_percent } = metrics;
  const week = hours.filter(({ began_at }) => began_at >= now - WEEK_DAYS * DAY);
  const free = week.flatMap(({ began_at: at, free_hd_bytes: value }) =>
    value === undefined ? [] : [{ at, value }],
  );
  const used = week.flatMap(({ began_at: at, used_hd_percent: value }) =>
    value === undefined ? [] : [{ at, used: value }],
  );
  const slope =
    free_hd_bytes === undefined ? undefined : slopePerDay([...free, { at: now, value: free_hd_bytes }]);
  return {
    ...{ free_hd_bytes, total_hd_bytes, used_hd_percent, hd_remove: config.hd_remove },
    growth_bytes_per_day: slope === undefined ? undefined : -slope,
    days_until_full:
      used_hd_percent === undefined
        ? undefined
        : daysUntilFull(used, { at: now, used: used_hd_percent }, config.hd_remove),
  };
}

/** Every field of the overview; atto as text, because a number could not hold all digits, and null for what is unknown. */
export const overviewJson = (overview: Overview): unknown =>
  JSON.parse(
    JSON.stringify(
      {
        ...overview,
        findings: overview.findings.map((one) => ({ ...one, node: labelOf(one.node) })),
        events: overview.events.map((one) => ({ ...one, node: labelOf(one.node) })),
        peers:
          overview.peers === undefined
            ? undefined
            : { ...overview.peers, least_node: labelOf(overview.peers.least_node) },
      },
      (_, value: unknown) => (typeof value === "bigint" ? String(value) : (value ?? null)),
    ),
  );

const labelOf = (id: NodeId | undefined): string | undefined =>
  id === undefined ? undefined : nodeLabel({ id });
