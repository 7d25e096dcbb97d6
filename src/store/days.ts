import type { Database } from "bun:sqlite";
import type { Hour, HourRuns, MachineDay, NodeDay } from "../model/days.ts";
import { SAMPLED } from "../model/history.ts";
import type { NodeId, Seconds } from "../model/node.ts";
import type { Stored, StoredRow } from "./columns.ts";

/** A count, because a clock that is wrong for a moment does not say what is old. */
const MOST_HOURS = 366 * 24;
const MOST_DAYS = 90;

const COUNTS = [
  "runs",
  "acted",
  "failed",
  "longest_gap",
  "nodes",
  "fewest_up",
  "most_up",
  "records",
] as const satisfies readonly (keyof Hour)[];
const FIGURES = ["free_hd_bytes", ...SAMPLED] as const satisfies readonly (keyof Hour)[];
const HOUR_COLUMNS = ["began_at", ...COUNTS, "earned", ...FIGURES] as const;

/** Writes hours that have ended, and deletes all but the newest, a year of them. */
export function saveHours(db: Database, hours: readonly Hour[]): void {
  const marks = HOUR_COLUMNS.map(() => "?").join(", ");
  const write = db.query(
    `INSERT OR REPLACE INTO machine_hour (${HOUR_COLUMNS.join(", ")}) VALUES (${marks})`,
  );
  for (const hour of hours) write.run(...HOUR_COLUMNS.map((name) => stored(hour[name])));
  db.query(
    "DELETE FROM machine_hour WHERE began_at <= (SELECT began_at FROM machine_hour ORDER BY began_at DESC LIMIT 1 OFFSET ?)",
  ).run(MOST_HOURS);
}

const stored = (value: number | bigint | undefined): number | string | null =>
  typeof value === "bigint" ? String(value) : (value ?? null);

/** Hours later than now come from a clock that was wrong. */
const NO_END: Seconds = Number.MAX_SAFE_INTEGER;

/** The hours that began from `since` until `until` and have ended, the oldest first. */
export const readHours = (db: Database, since: Seconds, until = NO_END): readonly Hour[] =>
  db
    .query<StoredRow, [number, number]>(
      "SELECT * FROM machine_hour WHERE began_at >= ? AND began_at <= ? ORDER BY began_at",
    )
    .all(since, until)
    .map(hourOf);

/** The days from `since` until `until`, of hours that have ended, the oldest first. `offset`: seconds ahead of UTC. */
export const readMachineDays = (
  db: Database,
  since: Seconds,
  until: Seconds,
  offset: Seconds,
): readonly MachineDay[] =>
  db
    .query<StoredRow, [number, number, number]>(
      `SELECT min(began_at) AS began_at, max(nodes) AS nodes, min(fewest_up) AS fewest_up, max(most_up) AS most_up,
       avg(records) AS records, group_concat(earned) AS earned, avg(used_cpu_percent) AS used_cpu_percent,
       avg(used_mem_percent) AS used_mem_percent, avg(used_hd_percent) AS used_hd_percent
       FROM machine_hour WHERE began_at >= ?1 AND began_at <= ?2
       GROUP BY CAST((began_at + ?3) / 86400 AS INTEGER) ORDER BY 1`,
    )
    .all(since, until, offset)
    .map((row) => ({ ...hourOf(row), earned: sumOf(row.earned) }));

/** SQLite has no number with enough digits for a sum of atto. */
const sumOf = (amounts: Stored | undefined): bigint =>
  String(amounts ?? "")
    .split(",")
    .reduce((sum, amount) => sum + attoOf(amount), 0n);

/**
 * The runs of all hours that began from `since` until `until` and have ended, but not of the hour that began at `open`;
 * undefined when there is none. SQLite adds up a year in a tenth of the time that its rows take.
 */
export function readHourRuns(
  db: Database,
  since: Seconds,
  until = NO_END,
  open: Seconds | undefined = undefined,
): HourRuns | undefined {
  const sums = db
    .query<StoredRow, [number, number, number]>(
      `SELECT min(began_at) AS began_at, sum(runs) AS runs, sum(acted) AS acted, sum(failed) AS failed,
       max(longest_gap) AS longest_gap FROM machine_hour WHERE began_at >= ? AND began_at <= ? AND began_at <> ?`,
    )
    .get(since, until, open ?? -1);
  if (typeof sums?.began_at !== "number") return undefined;
  return {
    began_at: sums.began_at,
    runs: countOf(sums.runs),
    acted: countOf(sums.acted),
    failed: countOf(sums.failed),
    longest_gap: countOf(sums.longest_gap),
  };
}

/** An hour as its row or the tally holds it; what cannot be read is unknown, or 0 where it is counted. */
export function hourOf(row: StoredRow): Hour {
  const figures = Object.fromEntries(FIGURES.map((name) => [name, figureOf(row[name])]));
  const counts = Object.fromEntries(COUNTS.map((name) => [name, countOf(row[name])]));
  return {
    began_at: countOf(row.began_at),
    earned: attoOf(row.earned),
    ...counts,
    ...figures,
  } as Hour;
}

/** Writes days that have ended, and deletes all but the newest 90 days. */
export function saveNodeDays(db: Database, days: readonly NodeDay[]): void {
  const write = db.query(
    "INSERT OR REPLACE INTO node_day (day, node, up_seconds, deaths, records, earned, shunned) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  for (const { day, node, up_seconds, deaths, records, earned, shunned } of days)
    write.run(day, node, up_seconds, deaths, records ?? null, String(earned), shunned ?? null);
  db.query(
    "DELETE FROM node_day WHERE day <= (SELECT DISTINCT day FROM node_day ORDER BY day DESC LIMIT 1 OFFSET ?)",
  ).run(MOST_DAYS);
}

/** The days from "2026-11-28" on that have ended, of all nodes or some, the oldest first. */
export const readNodeDays = (db: Database, since: string, nodes?: readonly NodeId[]): readonly NodeDay[] =>
  db
    .query<StoredRow, [string, string | null]>(
      `SELECT * FROM node_day WHERE day >= ?1
       AND (?2 IS NULL OR node IN (SELECT value FROM json_each(?2))) ORDER BY day, node`,
    )
    .all(since, nodes === undefined ? null : JSON.stringify(nodes))
    .map(nodeDayOf);

/** A node's day as its row or the tally holds it. */
export const nodeDayOf = (row: StoredRow): NodeDay => ({
  day: String(row.day),
  node: countOf(row.node) as NodeId,
  up_seconds: countOf(row.up_seconds),
  deaths: countOf(row.deaths),
  records: figureOf(row.records),
  earned: attoOf(row.earned),
  shunned: figureOf(row.shunned),
});

const figureOf = (value: Stored | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const countOf = (value: Stored | undefined): number => Math.max(0, Math.round(figureOf(value) ?? 0));

const attoOf = (value: Stored | undefined): bigint =>
  typeof value === "string" && /^\d{1,78}$/.test(value) ? BigInt(value) : 0n;
