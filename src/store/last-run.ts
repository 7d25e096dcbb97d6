import type { Database } from "bun:sqlite";
import type { RunRecord } from "../model/run-record.ts";
import { isFigure, type StoredRow } from "./columns.ts";

/** The record of the last working run; undefined before the first run, or when unreadable. */
export function readRun(db: Database): RunRecord | undefined {
  const row = storedRun(db);
  if (row === null || typeof row.status !== "string") return undefined;
  const { ended_at, duration_ms, status, done, failed, awaits } = row;
  const figures = { ended_at, duration_ms, done, failed };
  return Object.values(figures).every((value) => value !== null && isFigure(value))
    ? ({ ...figures, status, awaits: typeof awaits === "string" ? awaits : undefined } as RunRecord)
    : undefined;
}

/** The row of the record and the tally; null before the first run. */
export const storedRun = (db: Database): StoredRow | null =>
  db.query<StoredRow, []>("SELECT * FROM last_run").get();

/** Replaces the record. Keeps the stored tally unless a new one, in the form of `tallyText`, is given. */
export function saveRun(db: Database, run: RunRecord, tally?: string): void {
  db.query(
    `INSERT INTO last_run (id, ended_at, duration_ms, status, done, failed, awaits, tally)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, duration_ms = excluded.duration_ms,
     status = excluded.status, done = excluded.done, failed = excluded.failed, awaits = excluded.awaits,
     tally = coalesce(excluded.tally, tally)`,
  ).run(run.ended_at, run.duration_ms, run.status, run.done, run.failed, run.awaits ?? null, tally ?? null);
}
