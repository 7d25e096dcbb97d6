import type { Readings } from "../model/node.ts";

/** How one reading of a node is found and how it is shown. */
export type ReadingRow = {
  /** Name in the node's /metrics. */
  readonly metric: string;
  /** Stored value = metric x scale, rounded. */
  readonly scale: number;
};

const ant = (name: string, scale = 1): ReadingRow => ({ metric: `ant_networking_${name}`, scale });

/** Every reading of a node: column, report key, and the metric it comes from. Columns mem and cpu hold hundredths. */
export const READINGS = {
  records: ant("records_stored"),
  uptime: { metric: "ant_node_uptime", scale: 1 },
  shunned: ant("shunned_by_close_group"),
  connected_peers: ant("connected_peers"),
  gets: { metric: "libp2p_kad_query_result_get_record_ok_total", scale: 1 },
  puts: { metric: "ant_node_put_record_ok_total", scale: 1 },
  mem: ant("process_memory_used_mb", 100),
  cpu: ant("process_cpu_usage_percentage", 100),
  open_connections: ant("open_connections"),
  total_peers: ant("peers_in_routing_table"),
  bad_peers: ant("bad_peers_count_total"),
  rel_records: ant("relevant_records"),
  max_records: ant("max_records"),
  rewards: { metric: "ant_node_current_reward_wallet_balance", scale: 1 },
  payment_count: ant("received_payment_count"),
  live_time: ant("live_time"),
  network_size: ant("estimated_network_size"),
  shunned_count: ant("shunned_count_total"),
  shunned_by_old_close_group: ant("shunned_by_old_close_group"),
} satisfies Record<keyof Readings, ReadingRow>;

export const READING_NAMES = Object.keys(READINGS) as readonly (keyof Readings)[];

/**
 * Finds the readings in a /metrics body (OpenMetrics text) in one pass per name. A metric with labels is summed over
 * them. A value that is not a finite number from 0 to 2^53 is unknown.
 */
export function readMetrics(body: string): Readings {
  const readings: Partial<Record<keyof Readings, number | undefined>> = {};
  for (const name of READING_NAMES) readings[name] = metricIn(body, READINGS[name]);
  return readings as Readings;
}

function metricIn(body: string, row: ReadingRow): number | undefined {
  let sum: number | undefined;
  for (let at = body.indexOf(`\n${row.metric}`); at >= 0; at = body.indexOf(`\n${row.metric}`, at + 1)) {
    const end = body.indexOf("\n", at + 1);
    const line = body.slice(at + 1 + row.metric.length, end < 0 ? undefined : end);
    if (!line.startsWith(" ") && !line.startsWith("{")) continue;
    const text = line.slice(line.lastIndexOf("}") + 1).trim();
    const value = text === "" ? Number.NaN : Number(text.split(" ")[0]);
    if (!Number.isFinite(value) || value < 0) return undefined;
    sum = (sum ?? 0) + value;
  }
  // A counter with labels has no line before its first event, only its type.
  sum ??= body.includes(`\n# TYPE ${row.metric.replace(/_total$/, "")} `) ? 0 : undefined;
  const scaled = sum === undefined ? undefined : Math.round(sum * row.scale);
  return scaled !== undefined && Number.isSafeInteger(scaled) ? scaled : undefined;
}

/** The label's value in an info metric of /metadata: `name_info{label="value"} 1`. */
export function readInfo(body: string, metric: string, label: string): string | undefined {
  return new RegExp(`^${metric}_info\\{[^}]*?${label}="([^"\\\\\\n]*)"`, "m").exec(body)?.[1];
}

/** Every reading unknown, for nodes that tell only some. */
export const NOTHING_READ = Object.fromEntries(READING_NAMES.map((name) => [name, undefined])) as Readings;
