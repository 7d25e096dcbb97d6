import type { Quarter, Sample, Sampled, Summarised } from "../model/history.ts";
import type { Seconds } from "../model/node.ts";
import { isUp, UP_STATUSES } from "../model/node-status.ts";
import { median } from "./history.ts";
import { comparison, growLines, isOver, type Line, removeLines, type Subject, valueOn } from "./lines.ts";
import { isSlow, isSteady } from "./pressure.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Of the last `of` minutes, `over` must be above a threshold before a node is stopped. */
type Window = { readonly over: number; readonly of: number };

/** All minutes but one, since a run may have been missed. Shorter overloads are mostly temporary. */
const MOST: Window = { over: 11, of: 12 };
const WINDOWS: Readonly<Record<Exclude<Subject, "hd">, Window>> = {
  cpu: MOST,
  load: MOST,
  hdio: MOST,
  netio: MOST,
  mem: { over: 2, of: 3 },
};
/** Consecutive minutes below every grow threshold before the colony grows. */
const GOOD_MINUTES = 10;

const MINUTE = 60;
const QUARTER = 15 * MINUTE;
/** How long it takes until the effect of a stop is visible. */
const LOOK_SECONDS = 5 * MINUTE;
/** With this many nodes, one stop lowers CPU usage by less than its noise, so its effect takes longer to show. */
const MANY_NODES = 200;
const LOOK_SECONDS_OF_MANY = 15 * MINUTE;
/** A node's start or stop is not reversed for this long. */
export const KEEP_SECONDS = 30 * MINUTE;
/** While more than this share of the nodes is younger than KEEP_SECONDS, their starting explains the load. */
const YOUNG_SHARE = 0.1;
/** Overload for this many quarter-hours is not explained by starts, since crashing nodes are always young. */
const LASTING_QUARTERS = 4;
/** Above this memory usage the OOM killer or swapping is imminent. */
const CRITICAL_MEM_PERCENT = 95;
/** This multiple of a remove threshold is an emergency, for memory, and for all three loads at once (15 minutes' worth). */
const CRITICAL_TIMES = 2;
/** The load is falling if the one-minute load is below this share of the five-minute load. */
const FALLING_SHARE = 0.9;
/** CPU usage is falling if its last three minutes are this many percent below the five before. */
const FALLING_PERCENT = 5;

const lookSeconds = (s: Snapshot, line: Line): Seconds =>
  line.on !== "mem" && nodesThatAre(s, ...UP_STATUSES).length >= MANY_NODES
    ? LOOK_SECONDS_OF_MANY
    : LOOK_SECONDS;

/** Measurements so far above their threshold that wnm acts without waiting. */
export function emergencies(s: Snapshot): readonly string[] {
  const { mem_remove } = s.config;
  const limit = Math.max(mem_remove, Math.min(CRITICAL_MEM_PERCENT, CRITICAL_TIMES * mem_remove));
  const memory = removeLines(s.config)
    .filter((line) => line.on === "mem" && isOver({ ...line, limit }, s.metrics))
    .map((line) => `${comparison(line, s.metrics, ">")}, and above ${limit} % wnm does not wait`);
  return s.now - lastStopAt(s) < LOOK_SECONDS ? memory : [...memory, ...criticalLoads(s)];
}

/** The time of the last stop for load that is still in effect; -Infinity without one. */
export const lastStopAt = (s: Pick<Snapshot, "nodes">): Seconds =>
  Math.max(
    ...s.nodes.flatMap(({ status, wanted, status_since }) =>
      status === "STOPPED" && wanted === "stopped" ? status_since : [],
    ),
    Number.NEGATIVE_INFINITY,
  );

/** Measurements above a remove threshold for long enough to stop a node, with the minutes. */
export const lastingReasons = (s: Snapshot): readonly string[] =>
  lastingOverloads(s).map(({ reason }) => reason);

/** The remove thresholds behind `lastingReasons`. */
export function lastingOverloads(s: Snapshot): readonly { readonly line: Line; readonly reason: string }[] {
  const rest = s.now - lastStopAt(s);
  return removeLines(s.config).flatMap((line) => {
    if (rest < lookSeconds(s, line)) return [];
    const count = isOver(line, s.metrics) ? overFor(s, line) : undefined;
    if (count === undefined || count.over < count.needed) return [];
    return isByStarts(s, line) || isFalling(s, line) ? [] : { line, reason: count.reason };
  });
}

/** Sentences on measurements above a remove threshold for which wnm still waits. */
export function awaitedReasons(s: Snapshot): readonly string[] {
  return removeLines(s.config).flatMap((line) => {
    const count = isOver(line, s.metrics) ? overFor(s, line) : undefined;
    if (count === undefined) return [];
    const rest = s.now - lastStopAt(s);
    const waits = [
      ...(count.over < count.needed
        ? [`a node stops at ${count.needed} of ${count.of}, in ${count.minutes_left} min at the earliest`]
        : []),
      ...(rest < lookSeconds(s, line)
        ? [`the effect of the last stop is watched for ${lookSeconds(s, line) - rest} s more`]
        : []),
      ...(isByStarts(s, line)
        ? ["the machine or many nodes have started in the last half hour, and that load passes"]
        : []),
      ...(latest(s, MOST.over).length >= MOST.over && isFalling(s, line)
        ? ["no node stops for it while it falls"]
        : []),
    ];
    return waits.length === 0 ? [] : `${count.reason}; ${waits.join(", and ")}`;
  });
}

/** How often the threshold was exceeded within its window; undefined for one without a window. */
function overFor(s: Snapshot, line: Line) {
  if (line.on === "hd" || isSlow(line)) return undefined;
  const window = WINDOWS[line.on];
  // Measurements from before the last stop still include that node.
  const since = lastStopAt(s);
  const overIn = (minutes: number): number =>
    latest(s, minutes).filter((sample) => sample.taken_at > since && isOver(line, sample)).length;
  const over = overIn(window.of);
  const reason = `${comparison(line, s.metrics, ">")} in ${over} of ${window.of} minutes`;
  let minutes_left = 0;
  while (overIn(window.of - minutes_left) + minutes_left < window.over) minutes_left++;
  return { over, of: window.of, needed: window.over, minutes_left, reason };
}

/** Seconds between runs, at least 60. With a run every five minutes, windows have the same number of samples. */
function cadenceOf(samples: readonly Sample[]): Seconds {
  const gaps = samples.slice(1).map(({ taken_at }, i) => taken_at - (samples[i]?.taken_at ?? 0));
  return Math.max(MINUTE, gaps.length === 0 ? 0 : Math.min(...gaps));
}

/** The samples of the last minutes; a missing one is not replaced by an older one. */
export function latest(s: Pick<Snapshot, "history" | "now">, minutes: number): readonly Sample[] {
  const cadence = cadenceOf(s.history.samples);
  const from = s.now - (minutes - 0.5) * cadence;
  return s.history.samples.filter(({ taken_at }) => taken_at > from);
}

/** Critical loads: the kernel's averages show that the overload has lasted and is not falling. */
function criticalLoads(s: Snapshot): readonly string[] {
  if (!isSteady(s)) return [];
  const { metrics, config } = s;
  const lines = removeLines(config).filter(({ on }) => on === "load");
  const isCritical = lines.every((line) => (valueOn(line, metrics) ?? 0) > CRITICAL_TIMES * line.limit);
  const [minute] = lines;
  return isCritical && minute !== undefined && !isFalling(s, minute)
    ? lines.map((line) => comparison(line, metrics, ">"))
    : [];
}

/** True when recently started nodes explain the load; false if it has lasted longer than their starts. */
function isByStarts(s: Snapshot, line: Line): boolean {
  if (line.on === "mem" || !hasYoungNodes(s)) return false;
  const quarters = s.history.quarters.slice(-LASTING_QUARTERS);
  const isOverIn = (quarter: Quarter): boolean => (quarter[line.measurement as Summarised] ?? 0) > line.limit;
  const [first] = quarters;
  const is_recent = first !== undefined && s.now - first.began_at <= (LASTING_QUARTERS + 1) * QUARTER;
  return !(is_recent && quarters.length === LASTING_QUARTERS && quarters.every(isOverIn));
}

/** True when more than a tenth of the nodes, or the machine, have just started. */
export function hasYoungNodes(s: Snapshot): boolean {
  const booted = s.metrics.system_start;
  const isYoung = (since: Seconds | undefined): boolean =>
    since !== undefined && s.now - since < KEEP_SECONDS;
  const up = s.nodes.filter(({ status }) => isUp(status));
  const young = up.filter(({ status_since, died_at }) => isYoung(status_since) || isYoung(died_at));
  return isYoung(booted) || young.length > up.length * YOUNG_SHARE;
}

/** True when the measurement is already falling. A missing measurement counts as falling. */
function isFalling(s: Snapshot, line: Line): boolean {
  const { load_average_1: one, load_average_5: five } = s.metrics;
  if (line.on === "load") return one === undefined || five === undefined || one < FALLING_SHARE * five;
  if (line.on !== "cpu") return false;
  return middle(s, [0, 3], 0) < middle(s, [3, 8], 100) - FALLING_PERCENT;
}

/** The median CPU usage of minutes `from` to `to` ago, with `missing` for each unmeasured minute. */
function middle(s: Snapshot, [from, to]: readonly [number, number], missing: number): number {
  const younger = new Set(latest(s, from));
  const known = latest(s, to)
    .filter((sample) => !younger.has(sample))
    .flatMap(({ used_cpu_percent }) => used_cpu_percent ?? []);
  const gaps = Array.from({ length: Math.max(0, to - from - known.length) }, () => missing);
  return median([...known, ...gaps]) ?? missing;
}

/** True when no node was ever added and there is no history. */
export const isNewColony = ({ nodes, unreadable, history }: Snapshot): boolean =>
  nodes.length + unreadable.nodes.length === 0 &&
  history.quarters.length === 0 &&
  history.deletion === undefined;

/**
 * Why the last minutes do not allow growth; an unmeasured minute does not either. The first node of a new colony need not
 * wait: the kernel's 5 and 15 minute loads are below their thresholds, and one node adds little.
 */
export function reasonsNotGoodForLong(s: Snapshot): readonly string[] {
  if (isNewColony(s)) return [];
  const lines = growLines(s.config);
  const samples = latest(s, GOOD_MINUTES);
  const isBelow = (line: Line, sample: Pick<Sample, Sampled>): boolean =>
    (valueOn(line, sample) ?? Infinity) < line.limit;
  const isGood = (sample: Sample): boolean => lines.every((line) => isBelow(line, sample));
  const bad = samples.findLastIndex((sample) => !isGood(sample));
  const good = samples.length - 1 - bad;
  return good >= GOOD_MINUTES
    ? []
    : [
        `the colony grows after ${GOOD_MINUTES} minutes in a row below every line for growing, ${good} so far`,
      ];
}
