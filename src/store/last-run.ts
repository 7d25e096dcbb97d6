import type { Database } from "bun:sqlite";
import type { RunRecord } from "../model/run-record.ts";
import { isFigure, type StoredRow } from "./columns.ts";

/** How the last working run ended; undefined before the first run, and for a record that cannot be read. */
export function readRun(db: Database): RunRecord | undefined {
  const row = db
    .query<StoredRow, []>("SELECT ended_at, duration_ms, status, done, failed, awaits FROM last_run")
    .get();
  if (row === null || typeof row.status !== "string") return undefined;
  const { status: _, awaits, ...figures } = row;
  return Object.values(figures).every((value) => value !== null && isFigure(value))
    ? ({ ...row, awaits: typeof awaits === "string" ? awaits : undefined } as RunRecord)
    : undefined;
}

/** The status of a colony that wnm has let go. */
export const RELEASED = "released";

/** Replaces the record; the tally stays. */
export function saveRun(db: Database, run: RunRecord): void {
  db.query(
    `INSERT INTO last_run (id, ended_at, duration_ms, status, done, failed, awaits) VALUES (1, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, duration_ms = excluded.duration_ms,
     status = excluded.status, done = excluded.done, failed = excluded.failed, awaits = excluded.awaits`,
  ).run(run.ended_at, run.duration_ms, run.status, run.done, run.failed, run.awaits ?? null);
}
