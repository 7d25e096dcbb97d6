import type { Database } from "bun:sqlite";
import type { Hour, HourRuns, MachineDay, NodeDay } from "../model/days.ts";
import { SAMPLED } from "../model/history.ts";
import type { NodeId, Seconds } from "../model/node.ts";
import type { Stored, StoredRow } from "./columns.ts";

/** The number of hours to keep. A count rather than an age, because the clock may be temporarily wrong. */
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

/** Writes complete hours, and deletes all but the newest year of them. */
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

/** No upper limit, because hours in the future stem from a wrong clock. */
const NO_END: Seconds = Number.MAX_SAFE_INTEGER;

/** Complete hours that began from `since` until `until`, oldest first. */
export const readHours = (db: Database, since: Seconds, until = NO_END): readonly Hour[] =>
  db
    .query<StoredRow, [number, number]>(
      "SELECT * FROM machine_hour WHERE began_at >= ? AND began_at <= ? ORDER BY began_at",
    )
    .all(since, until)
    .map(hourOf);

/** Days from `since` until `until`, from complete hours, oldest first. `offset`: seconds ahead of UTC. */
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

/** Sums atto amounts here, because SQLite's numbers have too few digits. */
const sumOf = (amounts: Stored | undefined): bigint =>
  String(amounts ?? "")
    .split(",")
    .reduce((sum, amount) => sum + attoOf(amount), 0n);

/**
 * The runs of complete hours that began from `since` until `until`, except the hour that began at `open`; undefined when
 * there are none. SQLite sums a year in a tenth of the time that reading its rows takes.
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

/** Parses an hour from its row or the tally; an unreadable value is unknown, or 0 for a count. */
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

/** Writes complete days, and deletes all but the newest 90. */
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

/** Complete days, from a day such as "2026-11-28" on, of all or some nodes, oldest first. */
export const readNodeDays = (db: Database, since: string, nodes?: readonly NodeId[]): readonly NodeDay[] =>
  db
    .query<StoredRow, [string, string | null]>(
      `SELECT * FROM node_day WHERE day >= ?1
       AND (?2 IS NULL OR node IN (SELECT value FROM json_each(?2))) ORDER BY day, node`,
    )
    .all(since, nodes === undefined ? null : JSON.stringify(nodes))
    .map(nodeDayOf);

/** Parses a node's day from its row or the tally. */
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
