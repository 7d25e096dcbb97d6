import type { DiskMetrics } from "../model/disk.ts";
import type { Counters, HostMetrics } from "../model/host.ts";
import { type Seconds, sameBoot } from "../model/node.ts";
import type { DiskUse } from "./disk.ts";
import type { MemoryUse } from "./memory.ts";
import type { Processors } from "./processor.ts";

/** The age of a previous reading that gives good rates, in seconds. */
const FRESH = { from: 5, to: 180 } as const;

/** True when the rates between the two readings are meaningful: same boot, neither too close nor too far apart. */
export function comparable(before: Counters | undefined, after: Counters): before is Counters {
  if (before === undefined || before.boot_id !== after.boot_id) return false;
  const apart = after.uptime - before.uptime;
  return apart >= FRESH.from && apart <= FRESH.to;
}

/** The readings of a sample that are not counters. */
export type Gauges = {
  readonly now: Seconds;
  readonly memory: MemoryUse | undefined;
  readonly loads: readonly (number | undefined)[];
  readonly disk: DiskUse | undefined;
  readonly processors: Processors;
};

type Rated = Exclude<keyof Counters, "boot_id" | "taken_at">;

/** Differences below this are rounding. */
const JUMP_SECONDS = 3;
/** 2024-01-01: a clock that shows less was not set yet, as on a board without a battery before NTP answers. */
const SET_CLOCK: Seconds = 1_704_067_200;

/**
 * By how much the wall clock has been set since the last run, in seconds: how far it moved beyond the time since boot.
 * Across a reboot only a step back and a clock that was not set before can be seen. Pure.
 */
export function clockJump(before: Counters | undefined, after: Counters): Seconds {
  if (before === undefined) return 0;
  const moved = after.taken_at - before.taken_at;
  if (sameBoot(before.boot_id, after.boot_id) === true && !hasBegunAgain(before, after)) {
    const jump = Math.round(moved - (after.uptime - before.uptime));
    return Math.abs(jump) < JUMP_SECONDS ? Math.min(0, moved) : jump;
  }
  return before.taken_at < SET_CLOCK ? moved : Math.min(0, moved);
}

/** A container that starts again has the boot id of its machine, but may have a clock of its own (time_namespaces(7)). */
export const hasBegunAgain = (before: Counters, after: Counters): boolean => after.uptime < before.uptime;

/** The percentage, or undefined when it is impossible. */
const percentage = (percent: number | undefined): number | undefined =>
  percent !== undefined && percent >= 0 && percent <= 100 ? percent : undefined;

/** The figures of a disk; unknown ones where it could not be measured. */
export const diskMetrics = (disk: DiskUse | undefined): DiskMetrics => ({
  used_hd_percent: percentage(disk?.used_percent),
  hd_of: disk?.full_of,
  total_hd_bytes: disk?.total,
  free_hd_bytes: disk?.free,
});

/** No machine carries more bytes in a second: a counter that grew by more was not counted. */
const MOST_BYTES = 2 ** 43;
/** Ticks in a second (USER_HZ) of the most processors that Linux can be built for. */
const MOST_TICKS = 100 * 8192;

const MICROSECONDS = 1e6;
/** A quota is kept over its period only, so a group may have used a little more; much more was another quota or group. */
const MOST_OF_QUOTA = 150;

/** Use of the machine's processors, or of a control group's share of them where that is tighter. */
function processorUse(
  idle: number | undefined,
  group_rate: number | undefined,
  { processors }: Pick<Gauges, "processors">,
): Pick<HostMetrics, "idle_cpu_percent" | "used_cpu_percent" | "cpu_of"> {
  const machine = idle === undefined ? undefined : 100 - idle;
  const of_quota =
    group_rate === undefined ? undefined : (100 * group_rate) / (MICROSECONDS * processors.count);
  const group =
    of_quota === undefined || of_quota > MOST_OF_QUOTA ? undefined : percentage(Math.min(100, of_quota));
  const is_tighter = group !== undefined && group > (machine ?? -1);
  const used = is_tighter ? group : machine;
  return {
    idle_cpu_percent: used === undefined ? undefined : 100 - used,
    used_cpu_percent: used,
    cpu_of: is_tighter ? `the control group's limit of ${processors.count} processors` : undefined,
  };
}

/** One sample, from two readings of the counters and the present gauges. Pure. */
export function hostMetrics(before: Counters, after: Counters, gauges: Gauges): HostMetrics {
  const seconds = after.uptime - before.uptime;
  const grown = (name: Rated): number | undefined => {
    const [from, to] = [before[name], after[name]];
    // A counter that goes back was reset or corrected by the kernel.
    return from !== undefined && to !== undefined && to >= from ? to - from : undefined;
  };
  const rate = (name: Rated): number | undefined => {
    const bytes = grown(name);
    return bytes === undefined || !(seconds > 0) || bytes > MOST_BYTES * seconds
      ? undefined
      : Math.round(bytes / seconds);
  };
  const [total, idle, iowait] = [grown("cpu_total"), grown("cpu_idle"), grown("cpu_iowait")];
  const share = (ticks: number | undefined): number | undefined =>
    ticks === undefined || total === undefined || total > MOST_TICKS * seconds
      ? undefined
      : percentage((100 * ticks) / total);
  const group_used = grown("cpu_group_used");
  const cpu = processorUse(share(idle), group_used === undefined ? undefined : group_used / seconds, gauges);
  const started = Math.round(gauges.now - after.uptime);
  const { memory, loads, disk } = gauges;
  const used_mem_percent = percentage(memory?.used_percent);
  return {
    // A clock without a battery begins in 1970, less time ago than the boot.
    system_start: after.uptime > 0 && started >= 0 ? started : undefined,
    ...cpu,
    io_wait: share(iowait),
    used_mem_percent,
    free_mem_percent: used_mem_percent === undefined ? undefined : 100 - used_mem_percent,
    mem_of: memory?.share_of,
    ...diskMetrics(disk),
    load_of: gauges.processors.load_of,
    load_average_1: loads[0],
    load_average_5: loads[1],
    load_average_15: loads[2],
    hdio_read_bytes: rate("disk_read_bytes"),
    hdio_write_bytes: rate("disk_write_bytes"),
    netio_read_bytes: rate("net_read_bytes"),
    netio_write_bytes: rate("net_write_bytes"),
  };
}
