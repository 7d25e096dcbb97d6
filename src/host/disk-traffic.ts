import type { Counters } from "../model/host.ts";

/** Sectors of /proc/diskstats, whatever those of the disk are. Linux, Documentation/admin-guide/iostats.rst. */
const SECTOR_BYTES = 512;

/** Lie on other disks or in memory, or are one of several ways to a disk (NVMe multipath), by the drivers' names. */
const NO_DISK = /^(loop|ram|zram|dm-|md|zd|sr|fd|drbd|bcache|nvme\d+c\d+n)/;

type Disk = { readonly name: string; readonly read: number; readonly written: number };

/**
 * What the disks have carried, each byte once, from the text of /proc/diskstats. `hasDevice`: there is hardware behind
 * this disk; where no disk has one, as in a container without sysfs or on a network disk, names decide.
 */
export function diskTraffic(
  text: string | undefined,
  hasDevice: (name: string) => boolean,
): Pick<Counters, "disk_read_bytes" | "disk_write_bytes"> {
  const rows = (text ?? "").split("\n").flatMap(diskIn);
  if (rows.length === 0) return { disk_read_bytes: undefined, disk_write_bytes: undefined };
  const names = new Set(rows.map(({ name }) => name));
  const whole = rows.filter(({ name }) => !NO_DISK.test(name) && !names.has(diskOf(name) ?? ""));
  const real = whole.filter(({ name }) => hasDevice(name));
  const counted = real.length > 0 ? real : whole;
  return {
    disk_read_bytes: counted.reduce((sum, { read }) => sum + read * SECTOR_BYTES, 0),
    disk_write_bytes: counted.reduce((sum, { written }) => sum + written * SECTOR_BYTES, 0),
  };
}

function diskIn(line: string): readonly Disk[] {
  const [, , name, ...counts] = line.trim().split(/\s+/);
  const [read, written] = [counts[2], counts[6]];
  if (name === undefined || !/^\d+$/.test(read ?? "") || !/^\d+$/.test(written ?? "")) return [];
  return [{ name, read: Number(read), written: Number(written) }];
}

/** The disk of a partition: "sda" of "sda1", "nvme0n1" of "nvme0n1p2". */
const diskOf = (partition: string): string | undefined =>
  (/^(.*\d)p\d+$/.exec(partition) ?? /^(.*\D)\d+$/.exec(partition))?.[1];
