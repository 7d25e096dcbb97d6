import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { groupMemory } from "../../src/host/control-group.ts";
import { machineMemory, memoryUse } from "../../src/host/memory.ts";
import { groupOfNodes } from "../../src/process/managers.ts";

const MIB = 1024 ** 2;
const DEBIAN = readFileSync(join(import.meta.dir, "../fixtures/proc/debian/meminfo"), "utf8");
const machine = { total: 1000 * MIB, available: 600 * MIB };

const reader = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test("memory is read from /proc/meminfo in bytes", () => {
  expect(machineMemory(DEBIAN)).toEqual({ total: 24684084 * 1024, available: 23294148 * 1024 });
});

test("a contradictory meminfo is not a reading", () => {
  for (const text of [
    "",
    "MemTotal: 0 kB\nMemAvailable: 0 kB\n",
    "MemTotal: 100000 kB\nMemAvailable: 100001 kB\n",
    "MemTotal: 100000 kB\nMemFree: 50 kB\n",
    "MemTotal: 100000 kB\nMemAvailable: -5 kB\n",
    "MemTotal: 1 kB\nMemAvailable: 0 kB\n",
    "MemTotal: 1000000000000000000 kB\nMemAvailable: 5 kB\n",
  ])
    expect(memoryUse(machineMemory(text), [{ limit: 5, used: 4 }])).toBeUndefined();
});

test("the tightest of the machine and its control groups counts, and is named", () => {
  expect(memoryUse(machine, [])).toMatchObject({ used_percent: 40, share_of: undefined });
  const groups = [
    { limit: 400 * MIB, used: 344 * MIB },
    { limit: 800 * MIB, used: 400 * MIB },
  ];
  expect(memoryUse(machine, groups)).toEqual({
    least: { total: 400 * MIB, free: 56 * MIB },
    used_percent: 86,
    share_of: "the control group's limit of 419430400 bytes",
  });
  expect(memoryUse(machine, [{ limit: 2000 * MIB, used: 2000 * MIB }])?.share_of).toBeUndefined();
  expect(memoryUse(machine, [{ limit: 100, used: 120 }])?.used_percent).toBe(100);
  expect(memoryUse(machine, [{ limit: 100, used: 2000 * MIB }])).toBeUndefined();
});

test("version 2 gives the limits of the group and those around it, without what the kernel can reclaim", () => {
  const read = reader({
    "/proc/self/cgroup": "0::/user.slice/nodes.scope\n",
    "/sys/fs/cgroup/user.slice/memory.max": "max\n",
    "/sys/fs/cgroup/user.slice/memory.current": "999\n",
    "/sys/fs/cgroup/user.slice/nodes.scope/memory.max": "1000\n",
    "/sys/fs/cgroup/user.slice/nodes.scope/memory.current": "900\n",
    "/sys/fs/cgroup/user.slice/nodes.scope/memory.stat":
      "anon 500\nfile 350\nshmem 50\ninactive_anon 50\ninactive_file 200\nactive_file 100\nslab_reclaimable 20\nslab 30\n",
  });
  expect(groupMemory(read, undefined)).toEqual([{ limit: 1000, used: 580 }]);
  expect(groupMemory(read, "/")).toEqual([]);
  expect(groupMemory(read, "/user.slice/nodes.scope")).toEqual([{ limit: 1000, used: 580 }]);
});

test("version 2 throttles a group at memory.high before memory.max kills it, and each level may have either", () => {
  const read = reader({
    "/proc/self/cgroup": "0::/system.slice/cron.service\n",
    ...group("", { max: "4000\n", high: "max\n", current: "3000\n" }),
    ...group("/user.slice", { max: "max\n", high: "2000\n", current: "1500\n" }),
    ...group("/user.slice/user-1000.slice", { max: "1800\n", high: "1700\n", current: "1400\n" }),
  });
  // Cron runs wnm in a different group from the nodes of a user's systemd.
  expect(groupMemory(read, "/user.slice/user-1000.slice/user@1000.service/app.slice")).toEqual([
    { limit: 4000, used: 3000 },
    { limit: 2000, used: 1500 },
    { limit: 1700, used: 1400 },
  ]);
  expect(groupMemory(read, undefined)).toEqual([{ limit: 4000, used: 3000 }]);
});

const group = (path: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`/sys/fs/cgroup${path}/memory.${name}`, text]),
  );

test("version 1 is read beside a hybrid version 2 and with controllers mounted together", () => {
  const files = {
    "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "900\n",
    "/sys/fs/cgroup/memory/memory.stat":
      "inactive_file 7\ntotal_inactive_file 100\ntotal_active_file 50\ntotal_rss 1\n",
  };
  // The group's own folder is missing: its tree is mounted at the top, as Docker does.
  expect(groupMemory(reader(files), undefined)).toEqual([{ limit: 1000, used: 750 }]);
  expect(groupMemory(reader(files), "/")).toEqual([{ limit: 1000, used: 750 }]);
  const unlimited = { ...files, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" };
  expect(groupMemory(reader(unlimited), undefined)).toEqual([]);
});

test("control groups that are contradictory or unreadable impose no limit", () => {
  expect(groupMemory(() => undefined, undefined)).toEqual([]);
  const group = (max: string, current: string, stat: string) =>
    groupMemory(
      reader({
        "/proc/self/cgroup": "0::/../outside\n",
        "/sys/fs/cgroup/memory.max": max,
        "/sys/fs/cgroup/memory.current": current,
        "/sys/fs/cgroup/memory.stat": stat,
      }),
      undefined,
    );
  expect(group("100\n", "50\n", "")).toEqual([{ limit: 100, used: 50 }]);
  expect(group("0\n", "50\n", "")).toEqual([]);
  expect(group("-1\n", "50\n", "")).toEqual([]);
  expect(group("100\n", "garbage", "")).toEqual([]);
  expect(group("100\n", "50\n", "inactive_file 70\n")).toEqual([]);
});

test("nodes are in wnm's group, or where systemd puts the units of a user or of the system", () => {
  expect(groupOfNodes("setsid+user", 1000)).toBeUndefined();
  expect(groupOfNodes("systemd+user", 1000)).toBe("/user.slice/user-1000.slice/user@1000.service/app.slice");
  expect(groupOfNodes("systemd+sudo", 0)).toBe("/system.slice");
  expect(groupOfNodes("docker+user", 1000)).toBe("/");
});
