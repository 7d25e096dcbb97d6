import { gigabytes } from "../base/gigabytes.ts";
import type { Quarter } from "../model/history.ts";
import type { Node } from "../model/node.ts";
import { isUp } from "../model/node-status.ts";
import { nodesOnDisk } from "./disks.ts";
import { median } from "./history.ts";
import type { Snapshot } from "./snapshot.ts";

const MIB = 1024 ** 2;
/** Bytes that an ant-node keeps free on its own (0.23.1, src/config.rs). */
const MOST_RESERVE_MB = 500;
/** Upper limit, in percent of the disk, of what nodes keep free. */
const RESERVE_PERCENT = 1;
const DAY = 86_400;
const WEEK_DAYS = 7;
/** The number of quarter-hours compared at each end of the history. */
const END_QUARTERS = 4;
/** A shorter history is not enough to extrapolate to a week. */
const LEAST_SECONDS = DAY / 4;

/** The input for how full the disk is and will be. */
export type Disk = Pick<Snapshot, "config" | "metrics" | "disks" | "nodes" | "history" | "now">;

/** Bytes left until the disk reaches hd_remove; undefined: not measured. */
export function roomBelowRemove({ config, metrics }: Pick<Disk, "config" | "metrics">): number | undefined {
  const usable = usableBytes(metrics);
  if (usable === undefined || metrics.free_hd_bytes === undefined) return undefined;
  const most = Math.min(100, config.hd_remove);
  const of_bytes = (usable * most) / 100 - (usable - metrics.free_hd_bytes);
  const of_inodes =
    metrics.hd_of === undefined ? of_bytes : (usable * (most - (metrics.used_hd_percent ?? 0))) / 100;
  return Math.max(0, Math.min(of_bytes, of_inodes));
}

/** Used plus available bytes, as df(1) counts them, derived from the free bytes and the percentage. */
function usableBytes(metrics: Disk["metrics"]): number | undefined {
  const { free_hd_bytes, used_hd_percent, hd_of, total_hd_bytes } = metrics;
  if (free_hd_bytes === undefined || used_hd_percent === undefined) return undefined;
  // The percentage is of another quantity, such as inodes; blocks reserved for root then count as used.
  if (hd_of !== undefined) return total_hd_bytes;
  return used_hd_percent >= 100 ? undefined : (free_hd_bytes * 100) / (100 - used_hd_percent);
}

/**
 * MiB that nodes must keep free. Well below what hd_remove leaves free, because the network penalises a full node, so wnm
 * must act first. undefined: the disk was not measured, and nodes use their own default.
 */
export function reserveMb({ config, metrics }: Pick<Disk, "config" | "metrics">): number | undefined {
  const usable = usableBytes(metrics);
  if (usable === undefined) return undefined;
  const { hd_remove } = config;
  const percent = hd_remove >= 100 ? RESERVE_PERCENT : Math.min(RESERVE_PERCENT, (100 - hd_remove) / 2);
  return Math.min(MOST_RESERVE_MB, Math.floor((usable * percent) / 100 / MIB));
}

/** Bytes by which the disk grows per day; 0 with too little history. */
const growthPerDay = (s: Disk): number => growthSeen(s) ?? 0;

/** Bytes per day since the oldest quarter-hour of the last day; undefined with too little history. */
export function growthSeen({ history, metrics }: Pick<Disk, "history" | "metrics">): number | undefined {
  const usable = usableBytes(metrics);
  const seen = history.quarters.filter(({ used_hd_percent }) => used_hd_percent !== undefined);
  const [first, last] = [seen.slice(0, END_QUARTERS), seen.slice(-END_QUARTERS)];
  const seconds = meanOf(last, ({ began_at }) => began_at) - meanOf(first, ({ began_at }) => began_at);
  const percents = (quarters: readonly Quarter[]) => median(quarters.map((one) => one.used_hd_percent)) ?? 0;
  if (usable === undefined || !(seconds >= LEAST_SECONDS)) return undefined;
  return Math.max(0, ((percents(last) - percents(first)) * usable * DAY) / (100 * seconds));
}

const meanOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0) / items.length;

/** Typical bytes per node: the median of grown nodes, or the maximum in a young colony; 0 if unknown. */
function usualBytes({ nodes, now }: Disk): number {
  const known = (some: readonly Node[]) => some.flatMap(({ data_bytes }) => data_bytes ?? []);
  return median(known(nodes.filter((node) => isGrown(node, now)))) ?? Math.max(0, ...known(nodes));
}

const isGrown = ({ born_at }: Node, now: number): boolean => now - born_at >= DAY;

/** Bytes by which present nodes will grow in a week: the growth so far, plus young nodes catching up. */
export function growthInWeek(s: Disk): number {
  const usual = usualBytes(s);
  const catching = nodesOnDisk(s).flatMap((node) =>
    isGrown(node, s.now) || node.data_bytes === undefined ? [] : Math.max(0, usual - node.data_bytes),
  );
  return Math.max(
    WEEK_DAYS * growthPerDay(s),
    catching.reduce((sum, bytes) => sum + bytes, 0),
  );
}

/** Why another node does not fit, because the disk would exceed hd_remove within a week; undefined when it fits. */
export function noRoom(s: Disk): string | undefined {
  const room = roomBelowRemove(s);
  if (room === undefined) return undefined;
  const growth = growthInWeek(s);
  const another = weekOfAnother(s);
  return growth + another <= room
    ? undefined
    : `in a week the nodes are expected to take ${gigabytes(growth)} more and another one ${gigabytes(another)}, and ${gigabytes(room)} are left below hd_remove ${s.config.hd_remove} %`;
}

/** Bytes that one more node is expected to use within a week: the typical size plus the nodes' growth. */
export function weekOfAnother(s: Disk): number {
  const running = nodesOnDisk(s).filter(({ status }) => isUp(status)).length;
  return usualBytes(s) + (running === 0 ? 0 : (WEEK_DAYS * growthPerDay(s)) / running);
}
