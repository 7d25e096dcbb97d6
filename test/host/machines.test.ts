import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { groupCpu } from "../../src/host/cpu-limit.ts";
import { diskTraffic } from "../../src/host/disk-traffic.ts";
import { machineMemory } from "../../src/host/memory.ts";
import { netTraffic } from "../../src/host/net-traffic.ts";
import { cpuTicks, processorCount } from "../../src/host/processor.ts";

const text = (path: string): string => readFileSync(join(import.meta.dir, "../fixtures/proc", path), "utf8");

test("a Proxmox host counts its cards and disks, without bridges, guests, LVM and ZFS volumes", () => {
  expect(netTraffic(text("proxmox-host/net-dev"), () => undefined)).toEqual({
    net_read_bytes: 918273645546,
    net_write_bytes: 645546372819,
  });
  expect(diskTraffic(text("proxmox-host/diskstats"), () => false)).toEqual({
    disk_read_bytes: (5123456789 + 912345678) * 512,
    disk_write_bytes: (9123456789 + 812345678) * 512,
  });
});

test("a Proxmox guest has the processors that lxcfs shows, and the quota at the top of its own tree", () => {
  const files: Readonly<Record<string, string>> = {
    "/proc/self/cgroup": text("proxmox-guest/cgroup"),
    "/sys/fs/cgroup/cpu.max": "200000 100000\n",
    "/sys/fs/cgroup/cpu.stat": "usage_usec 8123456789\nuser_usec 6123456789\nsystem_usec 2000000000\n",
  };
  expect(groupCpu((path) => files[path], "/")).toEqual({ processors: 2, used: 8123456789 });
  const stat = text("proxmox-guest/stat");
  expect(processorCount(stat)).toBe(2);
  // lxcfs numbers the guest's processors from 0; the kernel may have given it others.
  expect(cpuTicks(stat, new Set([6, 11]))).toEqual(cpuTicks(stat));
  expect(cpuTicks(stat).cpu_idle).toBe(98765432 + 10234);
});

test("a Raspberry Pi counts card reader and USB disk, both cards, and memory without the GPU's", () => {
  expect(netTraffic(text("pi/net-dev"), () => undefined).net_read_bytes).toBe(81234567890 + 123456);
  expect(diskTraffic(text("pi/diskstats"), () => false)).toEqual({
    disk_read_bytes: (2912345 + 81234567) * 512,
    disk_write_bytes: (25123456 + 91234567) * 512,
  });
  expect(machineMemory(text("pi/meminfo"))).toEqual({ total: 3881240 * 1024, available: 2812344 * 1024 });
});
