import type { Database } from "bun:sqlite";
import type { Hour, HourRuns, LocalDay, NodeDay, Tally } from "../model/days.ts";
import type { NodeId, Seconds } from "../model/node.ts";
import { NO_TOTALS, type Totals } from "../model/totals.ts";
import type { StoredRow } from "./columns.ts";
import { hourOf, nodeDayOf, readHourRuns, readHours, readNodeDays } from "./days.ts";
import { storedRun } from "./last-run.ts";

/** What is counted of the hour and the day that have not ended; undefined before the first run, and when it cannot be read. */
export function readTally(db: Database): Tally | undefined {
  const row = storedRun(db);
  if (typeof row?.tally !== "string") return undefined;
  try {
    const { at, hour, today, nodes, totals } = JSON.parse(row.tally);
    if (!Number.isSafeInteger(at) || typeof hour !== "object" || !Array.isArray(nodes)) return undefined;
    if (!isDay(today)) return undefined;
    return {
      ...{ today, at, hour: hourOf(hour) },
      days: nodes.map((node) => nodeDayOf(unpacked(today.day, node))),
      totals: totalsOf(totals),
    };
  } catch {
    return undefined;
  }
}

const isDay = (value: unknown): value is LocalDay => {
  const { day, began_at, ends_at } = (value ?? {}) as Partial<Record<keyof LocalDay, unknown>>;
  return typeof day === "string" && Number.isSafeInteger(began_at) && Number.isSafeInteger(ends_at);
};

/** The hours from `since` until `until`, also the one that has not ended, the oldest first. */
export function hoursBetween(db: Database, since: Seconds, until: Seconds): readonly Hour[] {
  const open = readTally(db)?.hour;
  const ended = readHours(db, since, until).filter(({ began_at }) => began_at !== open?.began_at);
  return isBetween(open, since, until) ? [...ended, open] : ended;
}

/** The runs of these hours: of all that have ended together, and of the one that has not. */
export function hourRunsBetween(db: Database, since: Seconds, until: Seconds): readonly HourRuns[] {
  const open = readTally(db)?.hour;
  const ended = readHourRuns(db, since, until, open?.began_at);
  return [...(ended === undefined ? [] : [ended]), ...(isBetween(open, since, until) ? [open] : [])];
}

const isBetween = (hour: Hour | undefined, since: Seconds, until: Seconds): hour is Hour =>
  hour !== undefined && hour.began_at >= since && hour.began_at <= until;

/** The days from "2026-11-28" on, also the one that has not ended, of all nodes or some, the oldest first. */
export function nodeDaysSince(db: Database, since: string, nodes?: readonly NodeId[]): readonly NodeDay[] {
  const open = (readTally(db)?.days ?? []).filter(
    ({ day, node }) => day >= since && (nodes?.includes(node) ?? true),
  );
  return [...readNodeDays(db, since, nodes), ...open];
}

/** The tally as it is stored with the record of a run. Its days are one day, so that its row stays small. */
export const tallyText = ({ today, at, hour, days, totals }: Tally): string =>
  JSON.stringify({
    today,
    at,
    hour: { ...hour, earned: String(hour.earned) },
    nodes: days.map(packed),
    totals: {
      ...totals,
      nodes: [...totals.nodes].map(([id, { deaths, restarts }]) => [id, deaths, restarts]),
    },
  });

const packed = ({ node, up_seconds, deaths, records, earned, shunned }: Tally["days"][number]) => [
  ...[node, up_seconds, deaths, records ?? null, String(earned), shunned ?? null],
];

function unpacked(day: StoredRow[string], values: unknown): StoredRow {
  const [node, up_seconds, deaths, records, earned, shunned] = Array.isArray(values) ? values : [];
  return { day, node, up_seconds, deaths, records, earned, shunned };
}

/** What an older wnm has not counted begins at 0, as does what cannot be read. */
function totalsOf(stored: unknown): Totals {
  const { deaths, restarts, refused, actions, nodes } = (stored ?? {}) as Partial<
    Record<keyof Totals, unknown>
  >;
  const counted = Object.entries(isObject(actions) ? actions : {}).filter(([, count]) => isCount(count));
  const rows = (Array.isArray(nodes) ? nodes : []).filter(
    (row): row is [NodeId, number, number] => Array.isArray(row) && row.length === 3 && row.every(isCount),
  );
  return {
    deaths: isCount(deaths) ? deaths : NO_TOTALS.deaths,
    restarts: isCount(restarts) ? restarts : NO_TOTALS.restarts,
    refused: isCount(refused) ? refused : NO_TOTALS.refused,
    actions: Object.fromEntries(counted),
    nodes: new Map(rows.map(([id, died, started]) => [id, { deaths: died, restarts: started }])),
  };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
