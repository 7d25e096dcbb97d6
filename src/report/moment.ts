import type { Seconds } from "../model/node.ts";

const UNITS: Readonly<Record<string, Seconds>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };
const DAY = 86_400;
const DAY_MS = DAY * 1000;

/**
 * Interprets a text of the kind `moment` at `now`, in local time: a time of day is its last occurrence, an age is that long
 * ago, a date is its beginning.
 */
export function momentOf(text: string, now: Seconds): Seconds {
  const [, count, unit = ""] = /^(\d+) ?(s|m|min|h|d|w)$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  if (text === "today" || text === "yesterday") return midnight(now, text === "today" ? 0 : 1);
  const [, hour, minute, second = "0"] = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hour !== undefined) return lastAt([Number(hour), Number(minute), Number(second)], now);
  // With a time added, because Date takes a bare date for UTC.
  const local = text.includes(":") ? text.replace(" ", "T") : `${text}T00:00`;
  return Math.floor(new Date(local).getTime() / 1000);
}

/** The period of a history from its typed bounds; by default the last day. */
export function spanOf(
  typed: { readonly since: string | undefined; readonly until: string | undefined },
  now: Seconds,
): { readonly since: Seconds; readonly until: Seconds } {
  const until = typed.until === undefined ? now : momentOf(typed.until, now);
  return { since: typed.since === undefined ? until - DAY : momentOf(typed.since, now), until };
}

function midnight(now: Seconds, days_ago: number): Seconds {
  const day = new Date(now * 1000);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - days_ago).getTime() / 1000;
}

function lastAt([hour, minute, second]: readonly [number, number, number], now: Seconds): Seconds {
  const at = new Date(now * 1000);
  at.setHours(hour, minute, second, 0);
  if (at.getTime() > now * 1000) at.setTime(at.getTime() - DAY_MS);
  return Math.floor(at.getTime() / 1000);
}
