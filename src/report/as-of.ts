import { shownDuration } from "../model/duration.ts";
import { type Node, nodeLabel, type Seconds } from "../model/node.ts";
import { NO_COUNTERS } from "../model/node-counters.ts";
import { NO_READINGS } from "../model/readings.ts";

/** A survey is old after three of cron's intervals. */
const OLD_SECONDS = 180;

/** When the nodes were last surveyed, and the current time. */
export type AsOf = { readonly surveyed_at: Seconds | undefined; readonly now: Seconds };

/** True when the reported data may be out of date. */
export const isOld = ({ surveyed_at, now }: AsOf): boolean =>
  surveyed_at === undefined || Math.abs(now - surveyed_at) > OLD_SECONDS;

/** The line with the time of the survey; undefined when it is recent, or there was none. */
export const ageLine = (asOf: AsOf): string | undefined =>
  asOf.surveyed_at === undefined || !isOld(asOf)
    ? undefined
    : `As of ${clockTime(asOf.surveyed_at)}, ${shownDuration(asOf.now - asOf.surveyed_at)} ago: no run has succeeded since.`;

/** "28 Nov 05:31:02", local time. */
export function clockTime(at: Seconds): string {
  return `${minuteTime(at)}:${two(new Date(at * 1000).getSeconds())}`;
}

/** "28 Nov 05:31", or "28 Nov 2025 05:31" with the year, local time. */
export function minuteTime(at: Seconds, with_year = false): string {
  const moment = new Date(at * 1000);
  const day = dayText(moment.getDate(), moment.getMonth(), with_year ? moment.getFullYear() : undefined);
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

const dayText = (date: number, month: number, year: number | undefined): string =>
  `${String(date).padStart(2)} ${MONTHS[month]}${year === undefined ? "" : ` ${year}`}`;

const DAY_SECONDS = 86_400;

/** `minuteTime` for many times in order: looks up the time zone once per day instead of for each of 20 000 events. */
export function minuteTimes(with_year: boolean): (at: Seconds) => string {
  let [since, until, day] = [0, 0, ""];
  const clockOf = clocks();
  return (at) => {
    if (at < since || at >= until) {
      [since, until] = localDay(at);
      day = minuteTime(at, with_year).slice(0, -CLOCK.length);
    }
    // Daylight saving time begins or ends on this day.
    if (until - since !== DAY_SECONDS) return minuteTime(at, with_year);
    return day + clockOf(Math.floor((at - since) / 60));
  };
}

/** "05:31" of a minute of the day. */
function clocks(): (minute: number) => string {
  const known: string[] = [];
  return (minute) => {
    known[minute] ??= `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    return known[minute];
  };
}

/** "2026-11-28T05:31:02Z" of many moments in their order; a Date of each of 20 000 events takes twice as long. */
export function isoTimes(): (at: Seconds) => string {
  let [since, day] = [Number.NaN, ""];
  const clockOf = clocks();
  return (at) => {
    const second = Math.floor(at);
    if (!(second >= since && second < since + DAY_SECONDS)) {
      since = Math.floor(second / DAY_SECONDS) * DAY_SECONDS;
      day = new Date(since * 1000).toISOString().slice(0, -"00:00:00.000Z".length);
    }
    const minute = Math.floor((second - since) / 60);
    return `${day}${clockOf(minute)}:${two(second - since - minute * 60)}Z`;
  };
}

const CLOCK = "05:31";

/** The beginning and end of the local day. */
function localDay(at: Seconds): readonly [Seconds, Seconds] {
  const moment = new Date(at * 1000);
  const [year, month, date] = [moment.getFullYear(), moment.getMonth(), moment.getDate()];
  return [new Date(year, month, date).getTime() / 1000, new Date(year, month, date + 1).getTime() / 1000];
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

const two = (value: number): string => TWO_DIGITS[value] ?? String(value);

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The node without readings older than the last survey; its earnings stay. */
export const withoutOldReadings = (node: Node): Node =>
  node.silent_since === undefined ? node : { ...node, ...NO_READINGS, ...NO_COUNTERS, rewards: node.rewards };

/** The status as shown: "RUNNING, silent 3 min", "RUNNING, stopping 12 s". */
export function shownStatus(
  {
    status,
    silent_since,
    stopping_since,
  }: {
    readonly status: string;
    readonly silent_since: Seconds | undefined;
    readonly stopping_since: Seconds | undefined;
  },
  now: Seconds,
): string {
  if (stopping_since !== undefined) return `${status}, stopping ${shownDuration(now - stopping_since)}`;
  return silent_since === undefined ? status : `${status}, silent ${shownDuration(now - silent_since)}`;
}

/** A sentence about running nodes that do not answer; undefined when there are none. */
export function silentNodes(nodes: readonly Node[], now: Seconds): string | undefined {
  const silent = nodes.filter(({ silent_since }) => silent_since !== undefined);
  if (silent.length === 0) return undefined;
  const named = silent
    .slice(0, MOST_NAMED)
    .map((node) => `${nodeLabel(node)} (${shownDuration(now - (node.silent_since ?? now))})`);
  const more = silent.length > MOST_NAMED ? ` and ${silent.length - MOST_NAMED} more` : "";
  return `${silent.length === 1 ? "1 node runs and does" : `${silent.length} nodes run and do`} not answer: ${named.join(", ")}${more}`;
}

const MOST_NAMED = 5;
