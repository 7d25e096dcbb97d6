import { counted } from "../base/text.ts";
import type { HourRuns } from "../model/days.ts";
import { shownDuration } from "../model/duration.ts";
import { type Asker, type ColonyEvent, EVENT_METRICS, type EventKind } from "../model/event.ts";
import { type NodeId, nodeLabel, type Seconds } from "../model/node.ts";
import { minuteTime, minuteTimes } from "./as-of.ts";

/** What happened between two moments. */
export type Chronicle = {
  readonly since: Seconds;
  readonly until: Seconds;
  readonly now: Seconds;
  /** The oldest first. */
  readonly events: readonly ColonyEvent[];
  /** The runs of the hours that touch the time between, in any number of sums. */
  readonly hours: readonly HourRuns[];
  /** When the last run was counted. */
  readonly counted_at: Seconds | undefined;
  /** Name of an account; undefined: there is none of that number any more. */
  readonly account: (uid: number) => string | undefined;
};

/** Kinds that happen on their own; history shows no account for them. */
const SEEN: ReadonlySet<EventKind> = new Set([
  ...(["came-up", "changed", "died", "dead", "silent", "answered", "upgraded-itself", "full"] as const),
  ...(["shunned", "finding"] as const),
]);
/** A start is told together with how long it took. */
export const STARTS: ReadonlySet<EventKind> = new Set(["add", "start", "restart", "upgrade", "rollback"]);

const labelOf = ({ node }: Pick<ColonyEvent, "node">): string =>
  node === undefined ? "" : nodeLabel({ id: node });

/** Who asked, for people: "cron", "by hand, pi". */
export function shownAsker(by: Asker, account: Chronicle["account"]): string {
  if (by === "cron") return by;
  const uid = Number(by.slice("hand:".length));
  return `by hand, ${account(uid) ?? `account ${uid}`}`;
}

/** One line for each event, and a last line on all of them and the runs. */
export function historyText(chronicle: Chronicle): string {
  const { events, account } = chronicle;
  const ups = startsWithEnds(events);
  const told = events.filter((event) => !ups.ends.has(event));
  const kinds = longest(told, MOST_KIND, ({ kind }) => kind.length);
  const names = longest(told, MOST_NAME, (event) => labelOf(event).length);
  const timeOf = minuteTimes(needsYear(chronicle));
  const kindOf = remembered((kind: EventKind) => kind.padEnd(kinds));
  const nameOf = remembered((node: NodeId | undefined) => labelOf({ node }).padEnd(names));
  const askerOf = remembered((by: Asker) => shownAsker(by, account));
  let text = "";
  for (const event of told) {
    const { at, kind, node, by } = event;
    const up = ups.starts.get(event)?.reason;
    const reason = SPACED.test(event.reason) ? event.reason.replace(/\s+/g, " ") : event.reason;
    const line = `${timeOf(at)}  ${kindOf(kind)}  ${nameOf(node)}  ${reason}`;
    const more = [...(SEEN.has(kind) ? [] : [askerOf(by)]), ...(up === undefined ? [] : [up])].join(", ");
    text += `${reason === "" ? line.trimEnd() : line}${more === "" ? "" : `  (${more})`}\n`;
  }
  return `${text}${summary(chronicle)}\n`;
}

/** The function with its results remembered: of 20 000 events a few hundred differ. */
function remembered<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

const MOST_KIND = 15;
const MOST_NAME = 14;
/** Space that is more than one blank. */
const SPACED = /\s\s|[^\S ]/;

const longest = <T>(all: readonly T[], most: number, lengthOf: (one: T) => number): number =>
  Math.min(
    most,
    all.reduce((length, one) => Math.max(length, lengthOf(one)), 0),
  );

type Starts = {
  /** The event of having come up, by the event of the start. */
  readonly starts: ReadonlyMap<ColonyEvent, ColonyEvent>;
  readonly ends: ReadonlySet<ColonyEvent>;
};

/** Starts that were followed by the node's coming up, and those ends. */
export function startsWithEnds(events: readonly ColonyEvent[]): Starts {
  const starts = new Map<ColonyEvent, ColonyEvent>();
  const begun = new Map<number, ColonyEvent>();
  for (const event of events) {
    if (event.node === undefined) continue;
    const start = begun.get(event.node);
    if (event.kind === "came-up" && start !== undefined) starts.set(start, event);
    if (STARTS.has(event.kind)) begun.set(event.node, event);
    else if (event.from_status !== event.to_status) begun.delete(event.node);
  }
  return { starts, ends: new Set(starts.values()) };
}

/** "8 events, 27 Nov 22:00–28 Nov 07:31; 571 runs, 3 did something, 0 failed, longest gap between runs 61 s". */
function summary(chronicle: Chronicle): string {
  const { events, since, until } = chronicle;
  const { runs, acted, failed, longest_gap } = runsOf(chronicle);
  const count = counted(events.length, "event");
  const ran =
    runs === 0
      ? ["no run", ...(longest_gap === 0 ? [] : [`longest gap ${shownDuration(longest_gap)}`])].join(", ")
      : `${runs} ${runs === 1 ? "run" : "runs"}, ${acted} did something, ${failed} failed, longest gap between runs ${shownGap(longest_gap)}`;
  const with_year = needsYear(chronicle);
  const [from, to] = [since, until].map((at) => minuteTime(at, with_year).trim());
  return `${count}, ${from}–${to}; ${ran}`;
}

const MONTHS_TEN = 300 * 86_400;

/** Where a day and a month may be of two years. */
const needsYear = ({ since, until, now }: Chronicle): boolean =>
  now - since > MONTHS_TEN || until - now > MONTHS_TEN;

/** Around a minute, seconds matter. */
const shownGap = (seconds: Seconds): string => (seconds < 300 ? `${seconds} s` : shownDuration(seconds));

/** The runs of the hours between; the time since the last run is a gap, too. */
export function runsOf({ hours, since, until, now, counted_at }: Chronicle) {
  const sum = (value: (hour: HourRuns) => number): number =>
    hours.reduce((all, hour) => all + value(hour), 0);
  const waits = until < now ? 0 : now - Math.max(since, counted_at ?? since);
  return {
    runs: sum(({ runs }) => runs),
    acted: sum(({ acted }) => acted),
    failed: sum(({ failed }) => failed),
    longest_gap: Math.max(waits, ...hours.map(({ longest_gap }) => longest_gap)),
  };
}

/** Every field of every event, and the runs. Moments in seconds since 1970, and as ISO 8601. */
export const historyJson = (chronicle: Chronicle): unknown => ({
  since: chronicle.since,
  until: chronicle.until,
  events: chronicle.events.map((event) => ({
    at: event.at,
    time: isoOf(event.at),
    node: event.node === undefined ? null : labelOf(event),
    kind: event.kind,
    from_status: event.from_status ?? null,
    to_status: event.to_status ?? null,
    reason: event.reason,
    readings: event.readings ?? null,
    by: event.by,
    account: accountOf(event, chronicle) ?? null,
  })),
  runs: runsOf(chronicle),
});

const isoOf = (at: Seconds): string => `${new Date(at * 1000).toISOString().slice(0, -5)}Z`;

const accountOf = ({ by }: ColonyEvent, { account }: Chronicle): string | undefined =>
  by === "cron" ? undefined : account(Number(by.slice("hand:".length)));

/** One row for each event, with a head (RFC 4180, with the line ends of Unix). */
export function historyCsv({ events }: Chronicle): string {
  const head = ["at", "time", "node", "kind", "from_status", "to_status", "reason", "by"];
  const figures = [...EVENT_METRICS, "nodes"] as const;
  const nameOf = remembered((node: NodeId | undefined) => labelOf({ node }));
  let text = `${[...head, ...figures].join(",")}\n`;
  for (const event of events) {
    const { at, node, kind, from_status, to_status, reason, by, readings } = event;
    const words = [cellOf(from_status), cellOf(to_status), cellOf(reason)].join(",");
    text += `${at},${isoOf(at)},${nameOf(node)},${kind},${words},${by}`;
    for (const name of figures) text += `,${readings?.[name] ?? ""}`;
    text += "\n";
  }
  return text;
}

const cellOf = (text = ""): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
