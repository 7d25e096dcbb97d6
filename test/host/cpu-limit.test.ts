import { expect, test } from "bun:test";
import { groupCpu, processorsIn } from "../../src/host/cpu-limit.ts";
import { hostMetrics } from "../../src/host/metrics.ts";
import { cpuTicks, processorCount } from "../../src/host/processor.ts";
import type { Counters } from "../../src/model/host.ts";

const reader = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test("version 2 gives the tightest quota of the group and those around it, and what that group has used", () => {
  const read = reader({
    "/proc/self/cgroup": "0::/user.slice/nodes.scope\n",
    "/sys/fs/cgroup/user.slice/cpu.max": "400000 100000\n",
    "/sys/fs/cgroup/user.slice/cpu.stat": "usage_usec 9\n",
    "/sys/fs/cgroup/user.slice/nodes.scope/cpu.max": "150000 100000\n",
    "/sys/fs/cgroup/user.slice/nodes.scope/cpu.stat":
      "usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 1\n",
  });
  expect(groupCpu(read, undefined)).toEqual({ processors: 1.5, used: 5_000_000 });
  expect(groupCpu(read, "/")).toBeUndefined();
  expect(groupCpu(read, "/user.slice")?.processors).toBe(4);
});

test("version 2 in a container has its limit at the top of the visible tree", () => {
  const read = reader({
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/cpu.max": "50000 100000\n",
    "/sys/fs/cgroup/cpu.stat": "usage_usec 77\n",
  });
  expect(groupCpu(read, "/")).toEqual({ processors: 0.5, used: 77 });
});

test("version 1 is read with controllers mounted together as on Debian, and its use is in nanoseconds", () => {
  const read = reader({
    "/proc/self/cgroup": "12:memory:/lxc/101\n4:cpu,cpuacct:/lxc/101\n1:name=systemd:/\n",
    "/sys/fs/cgroup/cpu/lxc/101/cpu.cfs_quota_us": "200000\n",
    "/sys/fs/cgroup/cpu/lxc/101/cpu.cfs_period_us": "100000\n",
    "/sys/fs/cgroup/cpuacct/lxc/101/cpuacct.usage": "3000000123\n",
  });
  expect(groupCpu(read, undefined)).toEqual({ processors: 2, used: 3_000_000 });
});

test.each([
  ["max 100000\n", "usage_usec 1\n"],
  ["0 100000\n", "usage_usec 1\n"],
  ["-1 100000\n", "usage_usec 1\n"],
  ["100000 0\n", "usage_usec 1\n"],
  ["nonsense\n", "usage_usec 1\n"],
  ["", ""],
])("a quota that reads %j is no limit", (max, stat) => {
  const files = {
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/cpu.max": max,
    "/sys/fs/cgroup/cpu.stat": stat,
  };
  expect(groupCpu(reader(files), undefined)).toBeUndefined();
});

test("version 1 writes -1 for no quota", () => {
  const read = reader({
    "/proc/self/cgroup": "2:cpu:/\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  });
  expect(groupCpu(read, undefined)).toBeUndefined();
});

test("the processors of a cpuset are read", () => {
  expect([...processorsIn("Name:\twnm\nCpus_allowed:\t10f\nCpus_allowed_list:\t0-3,8\n")]).toEqual([
    0, 1, 2, 3, 8,
  ]);
  for (const text of [
    "",
    "Cpus_allowed_list:\t\n",
    "Cpus_allowed_list:\t3-1\n",
    "Cpus_allowed_list:\t0-9999999\n",
  ])
    expect(processorsIn(text).size).toBe(0);
});

const STAT = "cpu  100 0 100 800 0 0 0 0\ncpu0 90 0 90 20 0 0 0 0\ncpu1 10 0 10 780 0 0 0 0\nintr 5\n";

test("only allowed processors count, or all if /proc/stat numbers them differently", () => {
  expect(cpuTicks(STAT, new Set([0]))).toEqual({ cpu_total: 200, cpu_idle: 20, cpu_iowait: 0 });
  for (const allowed of [new Set<number>(), new Set([0, 1]), new Set([6, 7])])
    expect(cpuTicks(STAT, allowed)).toEqual({ cpu_total: 1000, cpu_idle: 800, cpu_iowait: 0 });
  expect(processorCount(STAT)).toBe(2);
});

const counters = (changes: Partial<Counters>): Counters => ({
  boot_id: "b",
  taken_at: 1_800_000_000,
  uptime: 1000,
  cpu_total: 0,
  cpu_idle: 0,
  cpu_iowait: 0,
  cpu_group_used: 0,
  disk_read_bytes: undefined,
  disk_write_bytes: undefined,
  net_read_bytes: undefined,
  net_write_bytes: undefined,
  ...changes,
});

/** Processor use after a minute in which the machine was 10 % busy and the group used this many seconds. */
function useOf(group_seconds: number | undefined, count: number) {
  const after = counters({
    uptime: 1060,
    cpu_total: 1000,
    cpu_idle: 900,
    cpu_group_used: group_seconds === undefined ? undefined : group_seconds * 1e6,
  });
  const gauges = { now: after.taken_at, memory: undefined, loads: [], disk: undefined };
  const metrics = hostMetrics(counters({}), after, { ...gauges, processors: { count, load_of: undefined } });
  return [metrics.used_cpu_percent, metrics.cpu_of];
}

test("the tighter of the machine and the group's quota counts, and the group is named", () => {
  expect(useOf(45, 1.5)).toEqual([50, "the control group's limit of 1.5 processors"]);
  expect(useOf(31, 0.5)).toEqual([100, "the control group's limit of 0.5 processors"]);
  expect(useOf(3, 1.5)).toEqual([10, undefined]);
  expect(useOf(undefined, 64)).toEqual([10, undefined]);
  // Another group's counter, or a quota that was set since then: no reading.
  expect(useOf(500, 0.5)).toEqual([10, undefined]);
});
