import { NO_COUNTERS, type NodeCounters } from "../model/node-counters.ts";
import type { Readings } from "../model/readings.ts";
import { isMoment, type Line, lastLine, momentOf } from "./log-lines.ts";

/** What a node's five-minute lines say, some of it under the names of legacy readings. */
export type Counted = NodeCounters & Pick<Readings, "gets" | "puts" | "payment_count">;

const NOTHING_COUNTED: Counted = {
  ...NO_COUNTERS,
  gets: undefined,
  puts: undefined,
  payment_count: undefined,
};

/** A line of them: its text, and a field of it where several lines have the text (ant-node 0.18.1 to 0.23.1, traffic.rs). */
type Kind = { readonly text: string; readonly field: string };

const WIRE: Kind = { text: " wire traffic summary ", field: "wire_tx_bytes" };
const ASKED: Kind = { text: " chunk rpc traffic summary ", field: "get_rx_count" };
const ANSWERED: Kind = { text: " chunk rpc traffic summary ", field: "get_success_tx_count" };
const PAID: Kind = { text: " evm rpc summary ", field: "completed_payments_ok_count" };
const AUDITED: Kind = { text: " audit outcome summary ", field: "responsible_audit_pass" };

/** The lines and fields that each counter is computed from. */
const SOURCES: readonly (readonly [keyof Counted, Kind, RegExp])[] = [
  ["sent_bytes", WIRE, /^wire_tx_bytes$/],
  ["received_bytes", WIRE, /^wire_rx_bytes$/],
  ["get_requests", ASKED, /^get_rx_count$/],
  ["put_requests", ASKED, /^put_rx_count$/],
  ["quotes", ASKED, /^(?:merkle_)?quote(?:_v\d)?_rx_count$/],
  ["gets", ANSWERED, /^get_success_tx_count$/],
  ["puts", ANSWERED, /^put_success_tx_count$/],
  ["payment_count", PAID, /^(?:completed_payments|merkle_payment)_ok_count$/],
  ["audits_passed", AUDITED, /^(?:responsible|subtree)_audit_pass$/],
  ["audits_failed", AUDITED, /^(?:responsible|subtree)_audit_fail_\w+$/],
];

/** The counters in the newest lines of a log; undefined when it has none. Pure. */
export function readCounters(log: Buffer): Counted | undefined {
  const lines = new Map<Kind, Line | undefined>();
  const counted: Partial<Record<keyof Counted, number | undefined>> = {};
  let counters_at: number | undefined;
  for (const [name, kind, fields] of SOURCES) {
    if (!lines.has(kind)) lines.set(kind, lineOf(log, kind));
    const line = lines.get(kind);
    if (line === undefined) continue;
    counted[name] = sumOf(line.words, fields);
    counters_at = Math.max(counters_at ?? 0, momentOf(line.stamp));
  }
  return counters_at === undefined ? undefined : { ...NOTHING_COUNTED, ...counted, counters_at };
}

const lineOf = (log: Buffer, { text, field }: Kind): Line | undefined =>
  lastLine(log, text, ({ words, stamp }) => words.includes(` ${field}=`) && isMoment(stamp));

const FIELD = / (\w{1,60})=(\S*)/g;
const WHOLE = /^\d{1,16}$/;

/** The sum of the matching fields; undefined when there are none, or when one is not an integer from 0 to 2^53. */
function sumOf(words: string, names: RegExp): number | undefined {
  let sum: number | undefined;
  for (const [, name = "", value = ""] of words.matchAll(FIELD)) {
    if (!names.test(name)) continue;
    if (!WHOLE.test(value)) return undefined;
    sum = (sum ?? 0) + Number(value);
  }
  return Number.isSafeInteger(sum) ? sum : undefined;
}

const COUNTED = Object.keys(NOTHING_COUNTED) as readonly (keyof Counted)[];

/** A node's stored counters, if its current process reported them. Pure. */
export function rememberedCounters(node: Counted, started_at: number | undefined): Counted | undefined {
  // Times are stored in whole seconds.
  if (started_at === undefined || node.counters_at === undefined || node.counters_at < Math.floor(started_at))
    return undefined;
  return Object.fromEntries(COUNTED.map((name) => [name, node[name]])) as Counted;
}
