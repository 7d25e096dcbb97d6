import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diskTraffic } from "../../src/host/disk-traffic.ts";

const DEBIAN = readFileSync(join(import.meta.dir, "../fixtures/proc/debian/diskstats"), "utf8");
const hidden = () => false;

/** /proc/diskstats of these devices, which have read 1, 2, 4 ... sectors and written ten times as many. */
const table = (...names: readonly string[]): string =>
  names.map((name, i) => `   8  ${i} ${name} 9 9 ${2 ** i} 9 9 9 ${10 * 2 ** i} 9 0 9 9\n`).join("");
const sectorsRead = (text: string, hasDevice: (name: string) => boolean = hidden): number =>
  (diskTraffic(text, hasDevice).disk_read_bytes ?? Number.NaN) / 512;

test("on a virtual machine with loop files and zram, the traffic of its disk counts", () => {
  expect(diskTraffic(DEBIAN, (name) => name === "vda")).toEqual({
    disk_read_bytes: 20749570 * 512,
    disk_write_bytes: 1637991888 * 512,
  });
  expect(diskTraffic(DEBIAN, hidden)).toEqual(diskTraffic(DEBIAN, (name) => name === "vda"));
});

test.each([
  ["partitions", ["sda", "sda1", "sda15"]],
  ["NVMe, with its paths", ["nvme0n1", "nvme0n1p1", "nvme0n1p2", "nvme0c0n1"]],
  ["an SD card", ["mmcblk0", "mmcblk0p1", "mmcblk0p2"]],
  ["LVM, RAID, crypt", ["sda", "sda2", "dm-0", "dm-11", "md0", "md127", "md127p1"]],
  [
    "ZFS volumes and others",
    ["vda", "zd0", "zd16p1", "zram0", "loop7", "ram0", "sr0", "fd0", "drbd1", "bcache0"],
  ],
])("%s: only the disk counts, even where sysfs is hidden", (_, names) => {
  expect(sectorsRead(table(...names))).toBe(1);
});

test("each of several disks counts, and one without hardware only if there is nothing else", () => {
  expect(sectorsRead(table("sda", "sdb", "sdb1"))).toBe(3);
  expect(sectorsRead(table("sda", "nbd0"), (name) => name === "sda")).toBe(1);
  expect(sectorsRead(table("nbd0", "nbd0p1"))).toBe(1);
  expect(sectorsRead(table("xvda1", "xvda2"))).toBe(3);
});

test("an empty or unreadable table is unknown", () => {
  for (const text of [undefined, "", "\n", "   8 0 sda\n", "   8 0 sda 1 1 -5 1 1 1 7 1\n"])
    expect(diskTraffic(text, hidden)).toEqual({ disk_read_bytes: undefined, disk_write_bytes: undefined });
});
