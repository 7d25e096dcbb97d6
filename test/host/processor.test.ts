import { expect, test } from "bun:test";
import { cpuTicks, loadsIn } from "../../src/host/processor.ts";

const UNKNOWN = { cpu_total: undefined, cpu_idle: undefined, cpu_iowait: undefined };

test("ticks are summed over all processors, and guest time is already part of user", () => {
  expect(cpuTicks("cpu  10 1 20 100 5 2 3 4 7 8\ncpu0 9 9 9 9\n")).toEqual({
    cpu_total: 145,
    cpu_idle: 105,
    cpu_iowait: 5,
  });
  // Before Linux 2.6 there were four.
  expect(cpuTicks("cpu  10 1 20 100\n")).toEqual({ cpu_total: 131, cpu_idle: 100, cpu_iowait: undefined });
});

test("a malformed list is unknown", () => {
  for (const text of [undefined, "", "cpu\n", "cpu  1 2 -3 4\n", "cpu  0 0 0 0 0\n", "cpu0 1 2 3 4\n"])
    expect(cpuTicks(text)).toEqual(UNKNOWN);
});

test("load averages are three numbers, or unknown", () => {
  expect(loadsIn("0.52 1.00 12.75 2/1234 99\n")).toEqual([0.52, 1, 12.75]);
  for (const text of [undefined, "", "0.1 0.2", "-1.00 0.00 0.00 1/1 1", "nan nan nan 1/1 1"])
    expect(loadsIn(text)).toEqual([undefined, undefined, undefined]);
});
