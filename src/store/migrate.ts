import type { Database } from "bun:sqlite";
import { WnmError } from "../errors.ts";
import python from "./migrations/0000-python-0.5.0.sql" with { type: "text" };
import first from "./migrations/0001-wnm.sql" with { type: "text" };

/** Step n brings a database from user_version n to n + 1. Python wnm leaves user_version at 0. */
const STEPS: readonly string[] = [first];

/** The revision that this wnm writes. */
export const REVISION = STEPS.length;

/** Makes all tables of a new database. */
export function createTables(db: Database): void {
  db.run(python);
  migrate(db);
}

/** True when the database is of an older wnm or of Python wnm. */
export const isOlder = (db: Database): boolean => revisionOf(db) < REVISION;

/** Throws WnmError on a database that a newer wnm wrote. */
export function refuseNewer(db: Database): void {
  const revision = revisionOf(db);
  if (revision > REVISION) {
    throw new WnmError(
      `The database was written by a newer wnm (revision ${revision}; this one knows ${REVISION}). Install that wnm again.`,
    );
  }
}

/** Brings the database forward in one transaction. Throws WnmError on one that a newer wnm wrote. */
export function migrate(db: Database): void {
  refuseNewer(db);
  const revision = revisionOf(db);
  if (revision === REVISION) return;
  db.transaction(() => {
    for (const step of STEPS.slice(revision)) db.run(step);
    db.run(`PRAGMA user_version = ${REVISION}`);
  }).immediate();
}

function revisionOf(db: Database): number {
  const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}
