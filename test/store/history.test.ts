import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withSample } from "../../src/decide/history.ts";
import { type History, NO_HISTORY } from "../../src/model/history.ts";
import { openStore } from "../../src/store/colony.ts";
import { createDatabase } from "../../src/store/create-database.ts";
import { insertMachine } from "../../src/store/machine.ts";
import { aConfig, NOW, quietMetrics } from "../support/builders.ts";

let folder: string;
let database: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-history-"));
  database = join(folder, "colony.db");
  createDatabase(database, (db) => insertMachine(db, aConfig({ rewards_address: "donate" }), 4));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Two days of a machine with large figures, with rows as long as they can become. */
const longest = Array.from({ length: 2 * 1440 }, (_, i) => i).reduce<History>(
  (history, minute) =>
    withSample(
      history,
      {
        ...quietMetrics,
        used_cpu_percent: 98.7,
        used_mem_percent: 87.6,
        used_hd_percent: minute % 7 === 0 ? undefined : 95.4,
        load_average_1: 123.4,
        hdio_read_bytes: 1_234_567_890,
        netio_write_bytes: 123_456_789,
      },
      1234,
      NOW + minute * 60,
    ),
  {
    ...NO_HISTORY,
    deletion: { deleted_at: NOW, free_hd_bytes: 1e12, data_bytes: 1e10 },
    failed_adds: 3,
    add_failed_at: NOW,
  },
);

test("a colony begins without a history, and reads back what was stored", () => {
  {
    using store = openStore(database);
    expect(store.history()).toEqual(NO_HISTORY);
    store.save({ history: longest });
  }
  using store = openStore(database);
  expect(store.history()).toEqual(longest);
});

test("the longest history fits on one page", () => {
  using db = new Database(database, { readonly: true });
  const sizes = db
    .query<{ size: number }, []>("SELECT length(samples) + length(quarters) AS size FROM history")
    .get();
  expect(sizes?.size).toBeLessThan(3950);
});

test.each([
  "''",
  "'[[1]]'",
  "'{}'",
  "'[[1,2,3,4,5,6,7,8,9,10,11,12],[\"x\",1]]'",
  "x'00ff'",
  "7",
  "'[[1e999,2]]'",
])("invalid samples (%s) are treated as missing", (stored) => {
  const db = new Database(database);
  db.run(`UPDATE history SET samples = ${stored}, quarters = ${stored}, failed_adds = 'x', deleted_at = 1.5`);
  db.close();
  using store = openStore(database);
  expect(store.history()).toEqual({ ...NO_HISTORY, add_failed_at: NOW });
});
