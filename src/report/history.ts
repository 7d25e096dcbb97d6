import { counted } from "../base/text.ts";
import type { HourRuns } from "../model/days.ts";
import { shownDuration } from "../model/duration.ts";
import { type Asker, type ColonyEvent, EVENT_READINGS, type EventKind } from "../model/event.ts";
import { type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import { isoTimes, minuteTime, minuteTimes } from "./as-of.ts";

/** The history of a period. */
export type Chronicle = {
  readonly since: Seconds;
  readonly until: Seconds;
  readonly now: Seconds;
  /** The oldest first. */
  readonly events: readonly ColonyEvent[];
  /** The runs of all hours that overlap the period, in any number of sums. */
  readonly hours: readonly HourRuns[];
  /** Refused runs of the period; the hours do not count them. */
  readonly refused: number;
  /** When the last run was counted. */
  readonly counted_at: Seconds | undefined;
  /** The name of an account; undefined if it no longer exists. */
  readonly account: (uid: number) => string | undefined;
};

/** Kinds that nobody causes, shown without an account. */
const SEEN: ReadonlySet<EventKind> = new Set([
  ...(["came-up", "changed", "died", "dead", "silent", "answered", "upgraded-itself", "full"] as const),
  ...(["shunned", "finding"] as const),
]);
/** Kinds of starts, which are shown with the time they took. */
export const STARTS: ReadonlySet<EventKind> = new Set(["add", "start", "restart", "upgrade", "rollback"]);

const labelOf = ({ node }: Pick<ColonyEvent, "node">): string =>
  node === undefined ? "" : nodeLabel({ id: node });

/** Who asked, as shown: "cron", "by hand, pi". */
export function shownAsker(by: Asker, account: Chronicle["account"]): string {
  if (by === "cron") return by;
  const uid = Number(by.slice("hand:".length));
  return `by hand, ${account(uid) ?? `account ${uid}`}`;
}

/** One line for each event, and a summary line. */
export function historyText(chronicle: Chronicle): string {
  const { events, account } = chronicle;
  const ups = startsWithEnds(events);
  const told = events.filter((event) => event.kind !== "came-up" || !ups.ends.has(event));
  const kinds = longest(distinct(told, "kind"), MOST_KIND, (kind) => kind);
  const names = longest(distinct(told, "node"), MOST_NAME, (node) => labelOf({ node }));
  const timeOf = minuteTimes(needsYear(chronicle));
  const kindOf = remembered((kind: EventKind) => ({
    words: `  ${kind.padEnd(kinds)}  `,
    is_seen: SEEN.has(kind),
    is_start: STARTS.has(kind),
  }));
  const nameOf = remembered((node: NodeId | undefined) => labelOf({ node }).padEnd(names));
  const askerOf = remembered((by: Asker) => shownAsker(by, account));
  const lines: string[] = [];
  for (const event of told) {
    const { words, is_seen, is_start } = kindOf(event.kind);
    const asker = is_seen ? "" : askerOf(event.by);
    const up = is_start ? (ups.starts.get(event)?.reason ?? "") : "";
    const more = asker === "" && up === "" ? "" : `  (${asker}${asker === "" || up === "" ? "" : ", "}${up})`;
    const [time, name] = [timeOf(event.at), nameOf(event.node)];
    lines.push(
      event.reason === ""
        ? (time + words + name).trimEnd() + more
        : [time, words, name, "  ", onOneLine(event.reason), more].join(""),
    );
  }
  lines.push(summary(chronicle), "");
  return lines.join("\n");
}

const onOneLine = (reason: string): string => (SPACED.test(reason) ? reason.replace(/\s+/g, " ") : reason);

/** Memoises a function: 20 000 events have only a few hundred distinct values. */
function remembered<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}

const MOST_KIND = 15;
const MOST_NAME = 14;
/** White space other than a single blank. */
const SPACED = /\s\s|[^\S ]/;

function distinct<K extends keyof ColonyEvent>(events: readonly ColonyEvent[], key: K) {
  const values = new Set<ColonyEvent[K]>();
  for (const event of events) values.add(event[key]);
  return values;
}

function longest<T>(all: Iterable<T>, most: number, textOf: (one: T) => string): number {
  let length = 0;
  for (const one of all) length = Math.max(length, textOf(one).length);
  return Math.min(most, length);
}

type Starts = {
  /** For each start event, the event of the node coming up. */
  readonly starts: ReadonlyMap<ColonyEvent, ColonyEvent>;
  readonly ends: ReadonlySet<ColonyEvent>;
};

/** Pairs each start with the event of the node coming up, if it did. */
export function startsWithEnds(events: readonly ColonyEvent[]): Starts {
  const starts = new Map<ColonyEvent, ColonyEvent>();
  const begun = new Map<number, ColonyEvent>();
  for (const event of events) {
    if (event.node === undefined) continue;
    const start = event.kind === "came-up" ? begun.get(event.node) : undefined;
    if (start !== undefined) starts.set(start, event);
    if (STARTS.has(event.kind)) begun.set(event.node, event);
    else if (event.from_status !== event.to_status) begun.delete(event.node);
  }
  return { starts, ends: new Set(starts.values()) };
}

/**
 * "8 events, 27 Nov 22:00 to 28 Nov 07:31; 571 runs, 3 did something, 0 failed, longest gap between runs 61 s". In ASCII:
 * a text of 20 000 lines then takes a byte a character.
 */
function summary(chronicle: Chronicle): string {
  const { events, since, until } = chronicle;
  const { runs, acted, failed, refused, longest_gap } = runsOf(chronicle);
  const count = counted(events.length, "event");
  const ran =
    runs === 0
      ? ["no run", ...(longest_gap === 0 ? [] : [`longest gap ${shownDuration(longest_gap)}`])].join(", ")
      : `${runs} ${runs === 1 ? "run" : "runs"}, ${acted} did something, ${failed} failed, longest gap between runs ${shownGap(longest_gap)}`;
  const not_run = refused === 0 ? "" : `; ${counted(refused, "run was", "runs were")} refused`;
  const with_year = needsYear(chronicle);
  const [from, to] = [since, until].map((at) => minuteTime(at, with_year).trim());
  return `${count}, ${from} to ${to}; ${ran}${not_run}`;
}

const MONTHS_TEN = 300 * 86_400;

/** True when the period may span two years, so dates need the year. */
const needsYear = ({ since, until, now }: Chronicle): boolean =>
  now - since > MONTHS_TEN || until - now > MONTHS_TEN;

/** Shows gaps of a few minutes in seconds. */
const shownGap = (seconds: Seconds): string => (seconds < 300 ? `${seconds} s` : shownDuration(seconds));

/** The runs of the period; the time since the last run counts as a gap too. */
export function runsOf({ hours, refused, since, until, now, counted_at }: Chronicle) {
  const sum = (value: (hour: HourRuns) => number): number =>
    hours.reduce((all, hour) => all + value(hour), 0);
  const waits = until < now ? 0 : now - Math.max(since, counted_at ?? since);
  return {
    runs: sum(({ runs }) => runs),
    acted: sum(({ acted }) => acted),
    failed: sum(({ failed }) => failed),
    refused,
    longest_gap: Math.max(waits, ...hours.map(({ longest_gap }) => longest_gap)),
  };
}

/**
 * Every field of every event, and the runs, in pieces: a year is 12 MB, and as one text would need that memory again.
 * Times in epoch seconds and ISO 8601.
 */
export function historyJson(chronicle: Chronicle): readonly string[] {
  const { since, until, events } = chronicle;
  const timeOf = isoTimes();
  const nameOf = remembered((node: NodeId | undefined) => (node === undefined ? null : labelOf({ node })));
  const fieldsOf = (event: ColonyEvent) => ({
    at: event.at,
    time: timeOf(event.at),
    node: nameOf(event.node),
    kind: event.kind,
    from_status: event.from_status ?? null,
    to_status: event.to_status ?? null,
    reason: event.reason,
    readings: event.readings ?? null,
    by: event.by,
    account: accountOf(event.by, chronicle) ?? null,
  });
  const pieces = [indented({ since, until, events: [] }).slice(0, -CLOSED.length)];
  for (let i = 0; i < events.length; i += EVENTS_A_PIECE) {
    const some = indented({ events: events.slice(i, i + EVENTS_A_PIECE).map(fieldsOf) });
    pieces.push(i === 0 ? "" : ",", some.slice(OPENED.length, -ENDED.length));
  }
  const runs = indented({ runs: runsOf(chronicle) }).slice("{".length);
  pieces.push(`${events.length === 0 ? "" : "\n  "}],${runs}\n`);
  return pieces;
}

const EVENTS_A_PIECE = 500;
const OPENED = '{\n  "events": [';
const ENDED = "\n  ]\n}";
const CLOSED = "]\n}";

const indented = (value: unknown): string => JSON.stringify(value, undefined, 2);

const accountOf = (by: Asker, { account }: Chronicle): string | undefined =>
  by === "cron" ? undefined : account(Number(by.slice("hand:".length)));

/** One row for each event, with a header (RFC 4180, but with LF line endings). */
export function historyCsv({ events }: Chronicle): string {
  const head = ["at", "time", "node", "kind", "from_status", "to_status", "reason", "by"];
  const timeOf = isoTimes();
  const nameOf = remembered((node: NodeId | undefined) => labelOf({ node }));
  const wordOf = remembered(cellOf);
  const lines = [[...head, ...EVENT_READINGS].join()];
  // Joined, because 20 000 templates of so many parts take half as long again.
  for (const event of events) {
    const { at, node, kind, from_status, to_status, reason, by } = event;
    const [from, to, why] = [wordOf(from_status), wordOf(to_status), cellOf(reason)];
    lines.push([at, timeOf(at), nameOf(node), kind, from, to, why, by, readingCells(event)].join());
  }
  lines.push("");
  return lines.join("\n");
}

const readingCells = ({ readings, reading_cells }: ColonyEvent): string =>
  reading_cells ?? (readings === undefined ? NONE : EVENT_READINGS.map((name) => readings[name]).join());

const NONE = ",".repeat(EVENT_READINGS.length - 1);

const cellOf = (text = ""): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
