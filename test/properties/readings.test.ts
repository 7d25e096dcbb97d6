import { expect, test } from "bun:test";
import fc from "fast-check";
import { reasonsToShed } from "../../src/decide/pressure.ts";
import { groupMemory } from "../../src/host/control-group.ts";
import { diskUseOf, type FileSystemCounts } from "../../src/host/disk.ts";
import { diskTraffic } from "../../src/host/disk-traffic.ts";
import { machineMemory, memoryUse } from "../../src/host/memory.ts";
import { hostMetrics } from "../../src/host/metrics.ts";
import { netTraffic } from "../../src/host/net-traffic.ts";
import { cpuTicks, loadsIn } from "../../src/host/processor.ts";
import type { Counters } from "../../src/model/host.ts";
import { aConfig, NOW } from "../support/builders.ts";
import { runs } from "../support/runs.ts";

/** A number as a kernel, an emulated kernel or a half-written file may show it. */
const word = fc.oneof(
  fc.nat().map(String),
  fc.constantFrom(
    "0",
    "-1",
    "-0",
    "NaN",
    "nan",
    "inf",
    "Infinity",
    "1e400",
    "0x10",
    "",
    "18446744073709551615",
  ),
  fc.constantFrom("0.00", "-0.50", "12.34", "99999999999999999999999.0", "1,5"),
);
const line = (name: string) => fc.array(word, { maxLength: 20 }).map((words) => `${name} ${words.join(" ")}`);
const text = (...names: readonly string[]) =>
  fc.oneof(
    fc.constantFrom("", "\n", "\0"),
    fc.string(),
    fc.tuple(...names.map(line)).map((lines) => `${lines.join("\n")}\n`),
  );

const machine = fc.record({
  stat: text("cpu ", "cpu0"),
  loadavg: fc.oneof(
    text(""),
    fc.tuple(word, word, word).map((words) => words.join(" ")),
  ),
  meminfo: fc
    .tuple(word, word)
    .map(([total, available]) => `MemTotal: ${total} kB\nMemAvailable: ${available} kB\n`),
  diskstats: text("8 0 sda", "8 1 sda1", "7 0 loop0"),
  net: text("lo:", " eth0:", "wg0:"),
  limit: word,
  usage: word,
  uptime: fc.oneof(fc.double(), fc.nat()),
});
type Machine = typeof machine extends fc.Arbitrary<infer T> ? T : never;

const countersOf = (one: Machine): Counters => ({
  boot_id: "boot",
  taken_at: NOW,
  uptime: one.uptime,
  ...cpuTicks(one.stat),
  cpu_group_used: undefined,
  ...diskTraffic(one.diskstats, () => false),
  ...netTraffic(one.net, () => undefined),
});

const measured = (before: Machine, after: Machine, disk: FileSystemCounts) => {
  const groups: Readonly<Record<string, string>> = {
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": after.limit,
    "/sys/fs/cgroup/memory.current": after.usage,
  };
  return hostMetrics(countersOf(before), countersOf(after), {
    now: NOW,
    memory: memoryUse(
      machineMemory(after.meminfo),
      groupMemory((path) => groups[path], undefined),
    ),
    loads: loadsIn(after.loadavg),
    disk: diskUseOf(disk),
    processors: { count: 2, load_of: undefined },
  });
};

const count = fc.oneof(fc.nat(1000), fc.double(), fc.constantFrom(-1, 0, 2 ** 64));
const disk = fc.record({
  blocks: count,
  bfree: count,
  bavail: count,
  bsize: count,
  frsize: count,
  files: count,
  ffree: count,
});

test("whatever a kernel shows, a measurement is plausible or unknown", () => {
  fc.assert(
    fc.property(machine, machine, disk, (before, after, counts) => {
      for (const [name, value] of Object.entries(measured(before, after, counts))) {
        if (value === undefined || typeof value === "string") continue;
        expect({ name, possible: value >= 0 && value < Number.POSITIVE_INFINITY }).toEqual({
          name,
          possible: true,
        });
        if (name.endsWith("_percent") || name === "io_wait") expect(value).toBeLessThanOrEqual(100);
      }
    }),
    // Shrinking this many words does not end within a useful time.
    { numRuns: runs(2_000), endOnFailure: true },
  );
});

const LEAP = {
  disk: "8 0 sda 1 1 18446744073709551615 1 1 1 18446744073709551615\n",
  net: "eth0: 18446744073709551615 1 1 1 1 1 1 1 18446744073709551615\n",
} as const;

test.each([
  ["counters that go back", { stat: "cpu  9 0 9 9 0 0 0 0\n", diskstats: "8 0 sda 1 1 1 1 1 1 1\n" }],
  ["no table", { stat: "", diskstats: "", net: "", loadavg: "", meminfo: "" }],
  ["nothing but zeros", { stat: "cpu  0 0 0 0 0 0 0 0\n", meminfo: "MemTotal: 0 kB\nMemAvailable: 0 kB\n" }],
  ["more available than there is", { meminfo: "MemTotal: 500000 kB\nMemAvailable: 500001 kB\n" }],
  ["less memory than wnm takes", { meminfo: "MemTotal: 1 kB\nMemAvailable: 0 kB\n" }],
  ["more memory than can be", { meminfo: "MemTotal: 1000000000000000000 kB\nMemAvailable: 1 kB\n" }],
  ["a group that uses more than there is", { limit: "400000000", usage: "18446744073709551615" }],
  ["counters that leap", { stat: "cpu  9999999999999999 0 100 1001\n", diskstats: LEAP.disk, net: LEAP.net }],
  ["more load than tasks can be", { loadavg: "99999999.00 99999999.00 99999999.00 1/9 9" }],
  ["what is no number", { loadavg: "nan inf -9", stat: "cpu  1 2 x 4\n", meminfo: "MemTotal: -5 kB\n" }],
])("%s: no reason to stop nodes", (_, change) => {
  const before: Machine = {
    stat: "cpu  100 0 100 1000 0 0 0 0 0 0\n",
    loadavg: "0.10 0.10 0.10 1/9 9",
    meminfo: "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n",
    diskstats: "8 0 sda 1 1 900 1 1 1 900\n",
    net: "eth0: 900 1 1 1 1 1 1 1 900\n",
    limit: "max",
    usage: "0",
    uptime: 100,
  };
  const counts = { blocks: 0, bfree: 5, bavail: 9, bsize: 1, frsize: 1, files: 0, ffree: 0 };
  const metrics = measured(before, { ...before, uptime: 160, ...change }, counts);
  const config = aConfig({ hdio_write_remove: 1, netio_write_remove: 1, hdio_read_remove: 1 });
  expect(reasonsToShed({ config, metrics })).toEqual([]);
});
