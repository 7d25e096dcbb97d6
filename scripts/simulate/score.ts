import type { Action } from "../../src/model/action.ts";

/** How a simulation went. Rates are a day, of the whole time. */
export type Score = {
  /** Nodes that ran, on average. */
  readonly running: number;
  readonly up_hour: number;
  /** Nodes that had been up for a day, in the second half: before, none can have been. */
  readonly up_day: number;
  /** Starts of nodes that existed before; a new node's first start is growth. */
  readonly starts_a_day: number;
  readonly added: number;
  readonly stops_a_day: number;
  /** Stops and starts of one node within 30 minutes of each other. */
  readonly flips_a_day: number;
  readonly removals: number;
  readonly removed_gib: number;
  readonly deaths: number;
  /** Minutes above a remove line. */
  readonly over_a_day: number;
  /** The longest time in a row with more than 95 % of the memory in use, in minutes. */
  readonly stuck: number;
  /** Minutes from the last incident until 99 % of the nodes before it run; undefined: never, or no incident. */
  readonly back_after: number | undefined;
  /** Minutes until 90 % of the most that ever ran. */
  readonly grown_after: number;
};

/** One minute of a simulation. */
export type Minute = {
  readonly running: number;
  readonly up_hour: number;
  readonly up_day: number;
  readonly cpu: number;
  readonly mem: number;
  readonly disk: number;
  readonly load: number;
  readonly over: boolean;
  readonly stops: number;
  readonly starts: number;
};

/** An action with the minute in which it was done. */
export type Done = { readonly minute: number; readonly action: Action; readonly bytes: number };

const FLIP_MINUTES = 30;
const GIB = 1024 ** 3;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const isRestart = ({ type }: Action): boolean =>
  type === "start" || type === "restart" || type === "upgrade" || type === "rollback";
const isStart = (action: Action): boolean => action.type === "add" || isRestart(action);

/** Judges what happened. `incident` is the minute of the last one. */
export function scoreOf(
  minutes: readonly Minute[],
  done: readonly Done[],
  deaths: number,
  incident: number | undefined,
): Score {
  const days = minutes.length / 1440;
  const starts = done.filter(({ action }) => isRestart(action));
  const stops = done.filter(({ action }) => action.type === "stop");
  const removals = done.filter(({ bytes }) => bytes > 0);
  const most = Math.max(...minutes.map(({ running }) => running));
  return {
    running: mean(minutes.map(({ running }) => running)),
    up_hour: mean(minutes.map(({ up_hour }) => up_hour)),
    up_day: mean(minutes.slice(minutes.length / 2).map(({ up_day }) => up_day)),
    starts_a_day: starts.length / days,
    added: done.filter(({ action }) => action.type === "add").length,
    stops_a_day: stops.length / days,
    flips_a_day: flips(done) / days,
    removals: removals.length,
    removed_gib: removals.reduce((sum, { bytes }) => sum + bytes, 0) / GIB,
    deaths,
    over_a_day: minutes.filter(({ over }) => over).length / days,
    stuck: longest(minutes, ({ mem }) => mem > 95),
    back_after: incident === undefined ? undefined : backAfter(minutes, incident),
    grown_after: minutes.findIndex(({ running }) => running >= 0.9 * most),
  };
}

function longest(minutes: readonly Minute[], is: (minute: Minute) => boolean): number {
  let [most, now] = [0, 0];
  for (const minute of minutes) {
    now = is(minute) ? now + 1 : 0;
    most = Math.max(most, now);
  }
  return most;
}

function flips(done: readonly Done[]): number {
  const last = new Map<number, { minute: number; start: boolean }>();
  let count = 0;
  for (const { minute, action } of done) {
    if (!("node" in action)) continue;
    const start = isStart(action);
    if (!start && action.type !== "stop" && action.type !== "remove") continue;
    const before = last.get(action.node);
    if (before !== undefined && before.start !== start && minute - before.minute <= FLIP_MINUTES) count++;
    last.set(action.node, { minute, start });
  }
  return count;
}

function backAfter(minutes: readonly Minute[], incident: number): number | undefined {
  const wanted = 0.99 * (minutes[incident - 1]?.running ?? 0);
  const away = minutes.findIndex((one, i) => i >= incident && one.running < wanted);
  if (away < 0) return 0;
  const back = minutes.findIndex((one, i) => i > away && one.running >= wanted);
  return back < 0 ? undefined : back - incident;
}
