import { expect, test } from "bun:test";
import { localDay } from "../../src/os/local-day.ts";

const at = (...[year, month, date, hour]: [number, number, number, number]): number =>
  new Date(year, month, date, hour).getTime() / 1000;

test("a day begins and ends at midnight in the machine's time zone", () => {
  const day = localDay(at(2026, 10, 28, 15), undefined);
  expect(day).toEqual({ day: "2026-11-28", began_at: at(2026, 10, 28, 0), ends_at: at(2026, 10, 29, 0) });
});

test("a known day is used while it lasts, and no longer", () => {
  const known = { day: "known", began_at: at(2026, 10, 28, 0), ends_at: at(2026, 10, 29, 0) };
  expect(localDay(known.began_at, known)).toBe(known);
  expect(localDay(known.ends_at - 1, known)).toBe(known);
  expect(localDay(known.ends_at, known).day).toBe("2026-11-29");
  expect(localDay(known.began_at - 1, known).day).toBe("2026-11-27");
});
