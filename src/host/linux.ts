import { readdirSync, readFileSync } from "node:fs";
import type { Counters } from "../model/host.ts";

export { boundPorts } from "../os/bound-ports.ts";

import { bootId } from "../os/process-id.ts";

const SECTOR_BYTES = 512;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** One reading of the kernel's counters. proc(5); a few hundred microseconds and no child process. */
export function readCounters(): Counters {
  return {
    boot_id: bootId() ?? "unknown",
    taken_at: Math.floor(Date.now() / 1000),
    uptime: Number(read("/proc/uptime")?.split(" ")[0] ?? 0),
    ...cpuCounters(),
    ...diskCounters(),
    ...netCounters(),
  };
}

function cpuCounters(): Pick<Counters, "cpu_total" | "cpu_idle" | "cpu_iowait"> {
  const line = read("/proc/stat")?.split("\n")[0];
  if (line === undefined) return { cpu_total: undefined, cpu_idle: undefined, cpu_iowait: undefined };
  // user nice system idle iowait irq softirq steal; guest time is already part of user.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return {
    cpu_total: ticks.reduce((sum, tick) => sum + tick, 0),
    cpu_idle: (ticks[3] ?? 0) + (ticks[4] ?? 0),
    cpu_iowait: ticks[4],
  };
}

function diskCounters(): Pick<Counters, "disk_read_bytes" | "disk_write_bytes"> {
  const text = read("/proc/diskstats");
  const disks = wholeDisks();
  if (text === undefined || disks === undefined)
    return { disk_read_bytes: undefined, disk_write_bytes: undefined };
  let [disk_read_bytes, disk_write_bytes] = [0, 0];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (!disks.has(fields[2] ?? "")) continue;
    disk_read_bytes += Number(fields[5]) * SECTOR_BYTES;
    disk_write_bytes += Number(fields[9]) * SECTOR_BYTES;
  }
  return { disk_read_bytes, disk_write_bytes };
}

/** Disks themselves: a partition, a loop file, a RAM disk or a device-mapper volume would count the same bytes again. */
function wholeDisks(): ReadonlySet<string> | undefined {
  try {
    return new Set(readdirSync("/sys/block").filter((name) => !/^(loop|ram|zram|dm-|md|sr|fd)/.test(name)));
  } catch {
    return undefined;
  }
}

function netCounters(): Pick<Counters, "net_read_bytes" | "net_write_bytes"> {
  const text = read("/proc/net/dev");
  if (text === undefined) return { net_read_bytes: undefined, net_write_bytes: undefined };
  let [net_read_bytes, net_write_bytes] = [0, 0];
  for (const line of text.split("\n").slice(2)) {
    const [name, rest] = line.split(":");
    // Loopback carries our own questions; a veth or bridge carries what the card carries again.
    if (rest === undefined || /^\s*(lo|veth|docker|br-|virbr)/.test(name ?? "")) continue;
    const fields = rest.trim().split(/\s+/);
    net_read_bytes += Number(fields[0]);
    net_write_bytes += Number(fields[8]);
  }
  return { net_read_bytes, net_write_bytes };
}

/** Percent of memory in use, by what the kernel says could be had without swapping. */
export function usedMemPercent(): number | undefined {
  const text = read("/proc/meminfo");
  const field = (name: string): number | undefined => {
    const digits = text === undefined ? undefined : new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const [total, available] = [field("MemTotal"), field("MemAvailable")];
  return total === undefined || available === undefined || total === 0
    ? undefined
    : (100 * (total - available)) / total;
}

/** The three load averages. */
export function loadAverages(): readonly (number | undefined)[] {
  const fields = read("/proc/loadavg")?.split(" ").slice(0, 3).map(Number);
  return fields?.every(Number.isFinite) ? fields : [undefined, undefined, undefined];
}
