import type { Counters, HostMetrics } from "../model/host.ts";
import type { Seconds } from "../model/node.ts";

/** A previous reading is good for rates when it is this old, in seconds. */
const FRESH = { from: 5, to: 180 } as const;

/** True when the rates between the two readings say something: same boot, neither too close nor too far apart. */
export function comparable(before: Counters | undefined, after: Counters): before is Counters {
  if (before === undefined || before.boot_id !== after.boot_id) return false;
  const apart = after.uptime - before.uptime;
  return apart >= FRESH.from && apart <= FRESH.to;
}

/** What a sample is made of beside the counters. */
export type Gauges = {
  readonly now: Seconds;
  readonly used_mem_percent: number | undefined;
  readonly loads: readonly (number | undefined)[];
  readonly disk: { readonly total: number; readonly free: number; readonly used_percent: number } | undefined;
};

type Rated = Exclude<keyof Counters, "boot_id" | "taken_at">;

/** Differences below this are rounding and the slow correction of a clock. */
const JUMP_SECONDS = 60;

/**
 * By how much the wall clock has been set since the last run, in seconds: what it moved beyond the time since boot.
 * Over a reboot only a step back can be told.
 */
export function clockJump(before: Counters | undefined, after: Counters): Seconds {
  if (before === undefined) return 0;
  const moved = after.taken_at - before.taken_at;
  const jump =
    before.boot_id === after.boot_id
      ? Math.round(moved - (after.uptime - before.uptime))
      : Math.min(0, moved);
  return Math.abs(jump) < JUMP_SECONDS ? 0 : jump;
}

/** Two readings of the counters and the gauges of now make one sample. Pure. */
export function hostMetrics(before: Counters, after: Counters, gauges: Gauges): HostMetrics {
  const seconds = after.uptime - before.uptime;
  const grown = (name: Rated): number | undefined => {
    const [from, to] = [before[name], after[name]];
    return from === undefined || to === undefined || to < from ? undefined : to - from;
  };
  const rate = (name: Rated): number | undefined => {
    const bytes = grown(name);
    return bytes === undefined || seconds <= 0 ? undefined : Math.round(bytes / seconds);
  };
  const [total, idle, iowait] = [grown("cpu_total"), grown("cpu_idle"), grown("cpu_iowait")];
  const share = (ticks: number | undefined): number | undefined =>
    ticks === undefined || total === undefined || total === 0 ? undefined : (100 * ticks) / total;
  const idle_cpu_percent = share(idle);
  const { used_mem_percent, loads, disk } = gauges;
  return {
    system_start: Math.round(gauges.now - after.uptime),
    idle_cpu_percent,
    used_cpu_percent: idle_cpu_percent === undefined ? undefined : 100 - idle_cpu_percent,
    io_wait: share(iowait),
    used_mem_percent,
    free_mem_percent: used_mem_percent === undefined ? undefined : 100 - used_mem_percent,
    used_hd_percent: disk?.used_percent,
    total_hd_bytes: disk?.total,
    free_hd_bytes: disk?.free,
    load_average_1: loads[0],
    load_average_5: loads[1],
    load_average_15: loads[2],
    hdio_read_bytes: rate("disk_read_bytes"),
    hdio_write_bytes: rate("disk_write_bytes"),
    netio_read_bytes: rate("net_read_bytes"),
    netio_write_bytes: rate("net_write_bytes"),
  };
}
