import { expect, test } from "bun:test";
import { historyAfterClockJump, median, withSample } from "../../src/decide/history.ts";
import { type History, NO_HISTORY } from "../../src/model/history.ts";
import { NOW, quietMetrics } from "../support/builders.ts";

/** The history of these minutes, each with its processor use. */
const after = (
  minutes: readonly (readonly [number, number | undefined])[],
  from: History = NO_HISTORY,
): History =>
  minutes.reduce(
    (history, [minute, used_cpu_percent]) =>
      withSample(history, { ...quietMetrics, used_cpu_percent }, 3, NOW + minute * 60),
    from,
  );
const cpu = ({ samples }: History) => samples.map(({ used_cpu_percent }) => used_cpu_percent);

test("one sample is kept per minute; of two in one minute, the later one", () => {
  expect(
    cpu(
      after([
        [0, 1],
        [0.5, 2],
        [1, 3],
      ]),
    ),
  ).toEqual([2, 3]);
  const many = after(Array.from({ length: 40 }, (_, i) => [i, i]));
  expect(cpu(many)).toEqual(Array.from({ length: 15 }, (_, i) => 25 + i));
});

test("a quarter of an hour is kept as its medians and its number of live nodes, for a day", () => {
  const history = after(Array.from({ length: 31 }, (_, i) => [i, i < 20 ? 10 : 50]));
  expect(history.quarters).toEqual([
    {
      began_at: NOW,
      nodes: 3,
      used_cpu_percent: 10,
      used_mem_percent: 20,
      used_hd_percent: 30,
      load_average_1: 0.1,
    },
    { ...history.quarters[1], began_at: NOW + 900, used_cpu_percent: 50 } as History["quarters"][number],
  ]);
  const days = after(Array.from({ length: 200 }, (_, i) => [i * 15, i]));
  expect(days.quarters).toHaveLength(96);
  expect(days.quarters[0]?.used_cpu_percent).toBe(103);
});

test("samples from the future or more than a day old are dropped, and a clock jump shifts the others", () => {
  expect(
    cpu(
      after([
        [0, 1],
        [-5, 2],
      ]),
    ),
  ).toEqual([2]);
  expect(
    cpu(
      after([
        [0, 1],
        [1441, 2],
      ]),
    ),
  ).toEqual([2]);
  const moved = historyAfterClockJump(
    after([
      [0, 1],
      [16, 2],
    ]),
    -7200,
  );
  expect(moved.samples.map(({ taken_at }) => taken_at - NOW)).toEqual([-7200, -6240]);
  expect(moved.quarters.map(({ began_at }) => began_at - NOW)).toEqual([-7200]);
});

test("a missing measurement stays unknown, and a median is taken over the ones that exist", () => {
  expect(
    cpu(
      after([
        [0, undefined],
        [1, 4],
      ]),
    ),
  ).toEqual([undefined, 4]);
  expect(median([undefined, 9, 1, 5])).toBe(5);
  expect(median([4, 2])).toBe(2);
  expect(median([undefined])).toBeUndefined();
});
