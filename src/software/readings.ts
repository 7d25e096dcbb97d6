import { attoIn } from "../model/atto.ts";
import type { Readings } from "../model/readings.ts";

/** How one reading of a node is found and how it is shown. */
export type ReadingRow = {
  /** Name in the node's /metrics. */
  readonly metric: string;
  /** How its lines in a body begin, with the end of the line before. */
  readonly line: string;
  /** Stored value = metric x scale, rounded. */
  readonly scale: number;
};

const row = (metric: string, scale = 1): ReadingRow => ({ metric, line: `\n${metric}`, scale });
const ant = (name: string, scale = 1): ReadingRow => row(`ant_networking_${name}`, scale);

/** Every reading: column, report key and metric, in antnode 0.4.17's order. Columns mem and cpu hold hundredths. */
export const READINGS = {
  puts: row("ant_node_put_record_ok_total"),
  rewards: row("ant_node_current_reward_wallet_balance"),
  uptime: row("ant_node_uptime"),
  gets: row("libp2p_kad_query_result_get_record_ok_total"),
  records: ant("records_stored"),
  connected_peers: ant("connected_peers"),
  network_size: ant("estimated_network_size"),
  open_connections: ant("open_connections"),
  total_peers: ant("peers_in_routing_table"),
  shunned_count: ant("shunned_count_total"),
  bad_peers: ant("bad_peers_count_total"),
  mem: ant("process_memory_used_mb", 100),
  cpu: ant("process_cpu_usage_percentage", 100),
  rel_records: ant("relevant_records"),
  max_records: ant("max_records"),
  payment_count: ant("received_payment_count"),
  live_time: ant("live_time"),
  shunned: ant("shunned_by_close_group"),
  shunned_by_old_close_group: ant("shunned_by_old_close_group"),
} satisfies Record<keyof Readings, ReadingRow>;

export const READING_NAMES = Object.keys(READINGS) as readonly (keyof Readings)[];

/** Readings that a number would not hold. */
const EXACT = "rewards" satisfies keyof Readings;

const [NEWLINE, BLANK, HASH, BRACE] = [0x0a, 0x20, 0x23, 0x7b];
/** More than a number of 17 digits and an exponent need. */
const MOST_DIGITS = 32;
/** More than the digits, the fraction and the exponent of an amount need. */
const MOST_EXACT_DIGITS = 128;

/**
 * Finds the readings in a /metrics body (OpenMetrics text). A metric with labels is summed over them; a counter with
 * labels that has only its type had no event yet and is 0. A value that is not a finite number from 0 to 2^53 is
 * unknown; of rewards every digit is kept. The bytes are searched for each name, and only what follows a name becomes
 * text: a third of the time that reading the lines takes. Each search begins where the last one ended, which in a
 * node's own order is one way through the body instead of one for each name: half of the time again.
 */
export function readMetrics(answer: Buffer): Readings {
  // Each name is searched with the end of the line before it.
  const body = answer[0] === HASH ? answer : Buffer.concat([Buffer.of(NEWLINE), answer]);
  const readings: Partial<Record<keyof Readings, number | bigint | undefined>> = {};
  let from = 0;
  for (const name of READING_NAMES) {
    const { metric, line, scale } = READINGS[name];
    const next = body.indexOf(line, from, "latin1");
    const end = next + line.length;
    const plain = next >= 0 && body[end] === BLANK;
    if (plain) from = end;
    if (name === EXACT) {
      readings[name] = plain ? exactAt(body, end + 1) : exactSumOf(body, line, metric);
      continue;
    }
    const sum = plain
      ? numberAt(body, end + 1)
      : (sumOf(body, line) ?? (hasType(body, metric) ? 0 : Number.NaN));
    const value = Math.round(sum * scale);
    readings[name] = Number.isSafeInteger(value) ? value : undefined;
  }
  return readings as Readings;
}

/** True when the body says what kind of metric it is, with its values or without any. */
const hasType = (body: Buffer, metric: string): boolean =>
  body.includes(`\n# TYPE ${metric.replace(/_total$/, "")} `);

/** The sum of what the lines `name value` and `name{labels} value` say; undefined without any. */
function sumOf(body: Buffer, line: string): number | undefined {
  let sum: number | undefined;
  for (let at = body.indexOf(line, 0, "latin1"); at >= 0; at = body.indexOf(line, at + 1, "latin1")) {
    const end = at + line.length;
    const follows = body[end];
    if (follows === BLANK) return (sum ?? 0) + numberAt(body, end + 1);
    if (follows === BRACE) sum = (sum ?? 0) + labelled(body, end);
  }
  return sum;
}

/** The same for an amount: exact, and undefined when one of its lines holds none. */
function exactSumOf(body: Buffer, line: string, metric: string): bigint | undefined {
  let sum: bigint | undefined;
  for (let at = body.indexOf(line, 0, "latin1"); at >= 0; at = body.indexOf(line, at + 1, "latin1")) {
    const end = at + line.length;
    if (body[end] !== BRACE && body[end] !== BLANK) continue;
    const amount = body[end] === BLANK ? exactAt(body, end + 1) : exactIn(behindLabels(body, end));
    if (amount === undefined) return undefined;
    sum = (sum ?? 0n) + amount;
  }
  return sum ?? (hasType(body, metric) ? 0n : undefined);
}

const exactAt = (body: Buffer, at: number): bigint | undefined =>
  exactIn(body.toString("latin1", at, at + MOST_EXACT_DIGITS));

const exactIn = (text: string): bigint | undefined => attoIn(firstWord(text));

const firstWord = (text: string): string => /^[^ \n]+/.exec(text)?.[0] ?? "";

const labelled = (body: Buffer, at: number): number => numberIn(behindLabels(body, at));

/** What stands behind the labels that begin at `at`. */
function behindLabels(body: Buffer, at: number): string {
  const end = body.indexOf(NEWLINE, at);
  const text = body.toString("latin1", at, end < 0 ? undefined : end);
  return text.slice(text.lastIndexOf("}") + 1).trimStart();
}

const numberAt = (body: Buffer, at: number): number =>
  numberIn(body.toString("latin1", at, at + MOST_DIGITS));

/** The number that the text begins with; infinite, which no further sum changes, when it is none from 0 on. */
function numberIn(text: string): number {
  const word = firstWord(text);
  const value = word === "" ? Number.NaN : Number(word);
  return Number.isFinite(value) && value >= 0 ? value : Number.POSITIVE_INFINITY;
}

/** The label's value in an info metric of /metadata: `name_info{label="value"} 1`. */
export function readInfo(body: string, metric: string, label: string): string | undefined {
  return new RegExp(`^${metric}_info\\{[^}]*?${label}="([^"\\\\\\n]*)"`, "m").exec(body)?.[1];
}
