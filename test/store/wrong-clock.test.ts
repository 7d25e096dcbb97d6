import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Hour, NodeDay } from "../../src/model/days.ts";
import {
  readHourRuns,
  readHours,
  readMachineDays,
  readNodeDays,
  saveHours,
  saveNodeDays,
} from "../../src/store/days.ts";
import { createTables } from "../../src/store/migrate.ts";

const anHour = (began_at: number): Hour => ({
  ...{
    began_at,
    runs: 60,
    acted: 0,
    failed: 0,
    longest_gap: 60,
    nodes: 1,
    fewest_up: 1,
    most_up: 1,
    records: 1,
  },
  ...{ earned: 1n, free_hd_bytes: 1, used_cpu_percent: 1, used_mem_percent: 1, used_hd_percent: 1 },
  ...{ load_average_1: 1, load_average_5: 1, load_average_15: 1 },
  ...{ hdio_read_bytes: 0, hdio_write_bytes: 0, netio_read_bytes: 0, netio_write_bytes: 0 },
});

const aDay = (day: string): NodeDay => ({
  ...{ day, node: 1 as NodeDay["node"], up_seconds: 86_400, deaths: 0, records: 1, earned: 1n, shunned: 0 },
});

const IN_2099 = 4_070_995_200;

test("a clock that jumps to 2099 for a moment deletes no hour and no day; the newest of a year and of 90 days are kept", () => {
  const db = new Database(":memory:");
  createTables(db);
  const hours = Array.from({ length: 366 * 24 }, (_, i) => anHour(1_700_000_000 + i * 3600));
  saveHours(db, hours);
  saveHours(db, [anHour(IN_2099)]);
  expect(readHours(db, 0).length).toBe(366 * 24);
  expect(readHours(db, 0, IN_2099 - 1).length).toBe(366 * 24 - 1);
  expect(readHourRuns(db, 0, IN_2099 - 1)).toEqual({
    ...{ began_at: hours[1]?.began_at ?? 0, runs: 60 * (366 * 24 - 1), acted: 0, failed: 0, longest_gap: 60 },
  });
  expect(readMachineDays(db, 0, IN_2099 - 1, 0).at(-1)?.began_at).toBeLessThan(IN_2099);
  const days = Array.from({ length: 60 }, (_, i) =>
    aDay(new Date((20_000 + i) * 86_400_000).toISOString().slice(0, 10)),
  );
  saveNodeDays(db, days);
  saveNodeDays(db, [aDay("2099-01-02")]);
  expect(readNodeDays(db, "").length).toBe(61);
});
