import { Database } from "bun:sqlite";
import type { Hour, NodeDay } from "../../src/model/days.ts";
import { type ColonyEvent, EVENT_KINDS } from "../../src/model/event.ts";
import type { NodeId } from "../../src/model/node.ts";
import { saveChanges } from "../../src/store/changes.ts";
import { aNode } from "./builders.ts";

const [HOUR, DAY] = [3600, 86_400];

/** Writes what a colony leaves in a year: this many nodes, 90 days of each, 8760 hours, 20 000 events up to `now`. */
export function writeYear(database: string, count: number, now: number): void {
  using db = new Database(database, { readwrite: true, strict: true });
  const ids = Array.from({ length: count }, (_, i) => (i + 1) as NodeId);
  const rewards = 98_765_432_109_876_543_210n;
  const of_minute = { status_since: now - DAY, records: 16_000, uptime: DAY, connected_peers: 40, rewards };
  saveChanges(db, { nodes: ids.map((id) => aNode(id, { ...of_minute, born_at: now - 365 * DAY + id })) });
  const first = Math.floor((now - 365 * DAY) / HOUR) * HOUR;
  const hours = Array.from({ length: 8760 }, (_, i) => anHour(first + i * HOUR, count));
  const node_days = Array.from({ length: 90 }, (_, i) => now - (89 - i) * DAY).flatMap((at) =>
    ids.map((node) => aNodeDay(new Date(at * 1000).toISOString().slice(0, 10), node)),
  );
  const events = Array.from({ length: 20_000 }, (_, i) =>
    anEvent(now - Math.floor(((20_000 - i) / 20_000) * 365 * DAY), i, count),
  );
  saveChanges(db, { hours, node_days, events });
}

const anHour = (began_at: number, count: number): Hour => ({
  began_at,
  ...{ runs: 60, acted: 2, failed: 0, longest_gap: 61, nodes: count, fewest_up: count - 2, most_up: count },
  ...{ records: count * 16_000, earned: 1_234_567_890_123_456_789n, free_hd_bytes: 412_345_678_901 },
  ...{ used_cpu_percent: 41.25, used_mem_percent: 52.5, used_hd_percent: 61.75, load_average_1: 1.25 },
  ...{ load_average_5: 1.5, load_average_15: 1.75, hdio_read_bytes: 12_345_678, hdio_write_bytes: 2_345_678 },
  ...{ netio_read_bytes: 3_456_789, netio_write_bytes: 456_789 },
});

const aNodeDay = (day: string, node: NodeId): NodeDay => ({
  ...{
    day,
    node,
    up_seconds: 86_340,
    deaths: 1,
    records: 16_000,
    earned: 12_345_678_901_234_567n,
    shunned: 40,
  },
});

const anEvent = (at: number, i: number, count: number): ColonyEvent => ({
  ...{ at, node: ((i % count) + 1) as NodeId, kind: EVENT_KINDS[i % EVENT_KINDS.length] ?? "stop" },
  ...{ from_status: "RUNNING", to_status: "STOPPED", by: "cron" },
  reason: `load_average_5 4.6 > max_load_average_allowed 4.0 in 8 of 10 minutes, event ${i}`,
  readings: {
    ...{ used_cpu_percent: 88.25, used_mem_percent: 61.5, used_hd_percent: 58.75, nodes: count },
    ...{ load_average_1: 5.25, load_average_5: 4.6, load_average_15: 3.1 },
  },
});
