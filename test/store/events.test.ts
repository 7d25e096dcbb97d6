import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hour, NodeDay } from "../../src/model/days.ts";
import type { ColonyEvent } from "../../src/model/event.ts";
import type { NodeId } from "../../src/model/node.ts";
import { openStore, openStoreToRead, type Store } from "../../src/store/colony.ts";
import { createDatabase } from "../../src/store/create-database.ts";
import { insertMachine } from "../../src/store/machine.ts";
import { noteRefusal } from "../../src/store/refusals.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

let folder: string;
let database: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-events-"));
  database = join(folder, "colony.db");
  createDatabase(database, (db) => insertMachine(db, aConfig({ rewards_address: "donate" }), 4));
});
afterEach(() => rmSync(folder, { recursive: true }));

const anEvent = (changes: Partial<ColonyEvent> = {}): ColonyEvent => ({
  at: NOW,
  node: 20 as NodeId,
  kind: "stop",
  from_status: "RUNNING",
  to_status: "STOPPED",
  reason: "load5 4.6 > 4.0",
  readings: {
    used_cpu_percent: 88.12,
    used_mem_percent: undefined,
    used_hd_percent: 58,
    load_average_1: 5.2,
    load_average_5: 4.6,
    load_average_15: 3.1,
    nodes: 20,
  },
  by: "cron",
  ...changes,
});

const anHour = (began_at: number, changes: Partial<Hour> = {}): Hour => ({
  began_at,
  ...{
    runs: 60,
    acted: 1,
    failed: 0,
    longest_gap: 61,
    nodes: 20,
    fewest_up: 19,
    most_up: 20,
    records: 41_203,
  },
  ...{ earned: 12_345_678_901_234_567_890n, free_hd_bytes: 412e9, used_cpu_percent: 41.25 },
  ...{ used_mem_percent: 52, used_hd_percent: undefined, load_average_1: 1.2, load_average_5: 1.4 },
  ...{
    load_average_15: 1.3,
    hdio_read_bytes: 1,
    hdio_write_bytes: 2,
    netio_read_bytes: 3,
    netio_write_bytes: 4,
  },
  ...changes,
});

const aDay = (day: string, node: number, changes: Partial<NodeDay> = {}): NodeDay => ({
  day,
  node: node as NodeId,
  ...{ up_seconds: 86_000, deaths: 2, records: 900, earned: 98_765_432_109_876_543_210n, shunned: 4 },
  ...changes,
});

test("events read back as stored, in order of time and filtered as requested", () => {
  const events = [
    anEvent({ at: NOW + 60, kind: "died", node: 7 as NodeId, by: "hand:1000", readings: undefined }),
    anEvent(),
    anEvent({ kind: "setting", node: undefined, from_status: "18", to_status: "20", reason: "node_cap" }),
  ];
  using store = openStore(database);
  store.save({ events });
  expect(store.events()).toEqual([events[1], events[2], events[0]] as ColonyEvent[]);
  expect(store.events({ nodes: [7 as NodeId] })).toEqual([events[0]] as ColonyEvent[]);
  expect(store.events({ kinds: ["setting", "died"], until: NOW })).toEqual([events[2]] as ColonyEvent[]);
  expect(store.events({ since: NOW + 1 })).toEqual([events[0]] as ColonyEvent[]);
});

test("readings are returned as CSV cells, or left out, when requested", () => {
  const read = (readings: "cells" | "none") => {
    using store = openStoreToRead(database);
    return store.events({ readings }).map((event) => event.reading_cells ?? event.readings);
  };
  {
    using store = openStore(database);
    store.save({ events: [anEvent(), anEvent({ readings: undefined })] });
  }
  expect(read("cells")).toEqual(["88.12,,58,5.2,4.6,3.1,20", undefined]);
  expect(read("none")).toEqual([undefined, undefined]);
  {
    using db = new Database(database);
    db.run(`UPDATE event SET readings = '[1,2,3,4,5,6,"=cmd()"]'`);
  }
  expect(read("cells")).toEqual([undefined, undefined]);
});

test("a refused run that was taken over before a kill is not stored twice", () => {
  using store = openStore(database);
  const refused = anEvent({ kind: "refused", node: undefined, reason: "the storage is gone" });
  for (const at of [NOW, NOW, NOW + 60]) store.save({ events: [{ ...refused, at }] });
  expect(store.events().map(({ at }) => at)).toEqual([NOW, NOW + 60]);
});

test("the newest 20 000 events are kept, and none older than 400 days", () => {
  using store = openStore(database);
  const old = anEvent({ at: NOW - 401 * 86_400 });
  store.save({ events: [old, ...Array.from({ length: 20_600 }, (_, i) => anEvent({ at: NOW + i }))] });
  const left = store.events();
  expect(left.length).toBeGreaterThanOrEqual(20_000);
  expect(left.length).toBeLessThan(20_500);
  expect(left.at(-1)?.at).toBe(NOW + 20_599);
  expect(left[0]?.at).toBeGreaterThan(NOW);
});

test("a node is dropped together with the event that records it", () => {
  using store = openStore(database);
  store.save({ nodes: [aNode(20)] });
  store.drop(20 as NodeId, anEvent({ kind: "remove", to_status: undefined }));
  expect([store.nodes(), store.events()]).toEqual([[], [anEvent({ kind: "remove", to_status: undefined })]]);
});

test("hours and days keep all digits, and unfinished ones come last", () => {
  const hours = [anHour(NOW - 7200), anHour(NOW - 3600, { longest_gap: 4000 })];
  const days = [aDay("2027-01-14", 1), aDay("2027-01-14", 2, { records: undefined, shunned: undefined })];
  const today = { day: "2027-01-15", began_at: NOW - 40_000, ends_at: NOW + 46_400 };
  const totals = {
    ...{ deaths: 3, restarts: 4, refused: 1, actions: { add: 2 } },
    nodes: new Map([[2 as NodeId, { deaths: 1, restarts: 0 }]]),
  };
  const open = {
    ...{ today, at: NOW, hour: anHour(NOW), totals },
    days: [aDay("2027-01-15", 1), aDay("2027-01-15", 2)],
  };
  using store = openStore(database);
  const run = { ended_at: NOW, duration_ms: 9, status: "idle", done: 0, failed: 0 };
  store.save({ hours, node_days: days, run, tally: open });
  expect(store.hours(NOW - 7200, NOW)).toEqual([...hours, open.hour]);
  expect(store.hours(NOW - 3600, NOW)).toEqual([...hours.slice(1), open.hour]);
  expect(store.nodeDays("2027-01-14")).toEqual([...days, ...open.days]);
  expect(store.nodeDays("2027-01-15", [2 as NodeId])).toEqual(open.days.slice(1));
  expect(store.tally()).toEqual(open);
});

test("the newest 90 days are kept, however far apart they are", () => {
  using store = openStore(database);
  const days = Array.from({ length: 91 }, (_, i) =>
    aDay(`2026-${10 + Math.floor(i / 31)}-${10 + (i % 31)}`, 1),
  );
  store.save({ node_days: [...days, aDay("2027-01-14", 1)] });
  const kept = store.nodeDays("").map(({ day }) => day);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([90, "2026-10-12", "2027-01-14"]);
});

test("unreadable rows are left out or unknown, and block nothing", () => {
  const run = { ended_at: NOW, duration_ms: 9, status: "idle", done: 0, failed: 0 };
  {
    using store = openStore(database);
    store.save({ events: [anEvent()], hours: [anHour(NOW)], node_days: [aDay("2027-01-14", 1)], run });
  }
  {
    using db = new Database(database);
    db.run(`INSERT INTO event (at, kind, "by") VALUES ('never', 'stop', 'cron'), (1, 'feast', 'cron')`);
    db.run(`INSERT INTO event (at, node, kind, readings, "by") VALUES (2, x'00', 'stop', '{', 'hand:root')`);
    db.run("UPDATE machine_hour SET earned = 'much', used_cpu_percent = 'hot', runs = -1");
    db.run("UPDATE node_day SET earned = x'00', records = 'many'");
    db.run("UPDATE last_run SET tally = '{\"at\": 1'");
  }
  using store = openStoreToRead(database);
  expect(store.events()).toEqual([
    anEvent({
      at: 2,
      node: undefined,
      from_status: undefined,
      to_status: undefined,
      reason: "",
      readings: undefined,
    }),
    anEvent(),
  ]);
  expect(store.hours(0, NOW * 2)).toMatchObject([{ earned: 0n, used_cpu_percent: undefined, runs: 0 }]);
  expect(store.nodeDays("")).toMatchObject([{ earned: 0n, records: undefined }]);
  expect(store.tally()).toBeUndefined();
});

test("a database of Python wnm gets the tables for reading and writing, and deleting their rows loses nothing else", () => {
  copyFileSync(join(import.meta.dir, "../fixtures/colony/wnm-v0.5.0.db"), database);
  {
    using store = openStoreToRead(database);
    expect([store.events(), store.hours(0, NOW * 2), store.nodeDays(""), store.tally()]).toEqual([
      [],
      [],
      [],
      undefined,
    ]);
  }
  const saved = { events: [anEvent()], hours: [anHour(NOW)], node_days: [aDay("2027-01-14", 1)] };
  const before = stateAfter((store) => store.save(saved));
  {
    using db = new Database(database);
    for (const table of ["event", "machine_hour", "node_day"]) db.run(`DELETE FROM ${table}`);
  }
  expect(stateAfter(() => {})).toEqual(before);
});

/** Everything except the history, after `work`. */
function stateAfter(work: (store: Store) => void): readonly unknown[] {
  using store = openStore(database);
  work(store);
  return [store.machine(), store.nodes(), store.history()];
}

test("a repeated refusal for the same reason is marked as known, except once a day", () => {
  const noted = (at: number, reason = "gone since 12:00", by: ColonyEvent["by"] = "cron") =>
    noteRefusal(database, { at, reason, by }, process.getuid?.() ?? 0);
  expect([noted(NOW), noted(NOW + 60, "gone since 12:01"), noted(NOW + 86_399)]).toEqual([false, true, true]);
  expect([noted(NOW + 86_400), noted(NOW + 86_460)]).toEqual([false, true]);
  expect([noted(NOW + 86_520, "held"), noted(NOW + 86_580)]).toEqual([false, false]);
  expect([noted(NOW + 86_640, undefined, "hand:0"), noted(NOW + 86_700)]).toEqual([false, false]);
});
