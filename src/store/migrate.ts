import type { Database } from "bun:sqlite";
import { WnmError } from "../errors.ts";
import { adoptTables, pythonRevision, refuseNewerPython } from "./legacy.ts";
import { PYTHON_TABLES } from "./python-tables.ts";
import { WNM_TABLES } from "./wnm-tables.ts";

/**
 * Step n brings a database from user_version n to n + 1. Python wnm leaves user_version at 0. The tables are constants:
 * the bundler would load a .sql file as each run starts, in 0.15 ms (measured).
 */
const STEPS: readonly ((db: Database) => void)[] = [
  // By the columns that are there: a copy made with SQL alone keeps wnm's columns and loses user_version.
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
];

/** The revision that this wnm writes. */
export const REVISION = STEPS.length;

/** Makes all tables of a new database. */
export function createTables(db: Database): void {
  db.run(PYTHON_TABLES);
  migrate(db);
}

/** True when the database is of an older wnm or of Python wnm. */
export const isOlder = (db: Database): boolean => userVersion(db) < REVISION;

/** What backups call the database's revision: Python's own name for it, or this wnm's number. */
export const revisionName = (db: Database): string =>
  userVersion(db) === 0 ? pythonRevision(db) : `wnm${userVersion(db)}`;

/** Throws WnmError on a database that a newer wnm of either kind wrote. */
export function refuseNewer(db: Database): void {
  const revision = userVersion(db);
  if (revision > REVISION) {
    throw new WnmError(
      `The database was written by a newer wnm (revision ${revision}; this one knows ${REVISION}). Nothing was changed. Install that wnm again.`,
    );
  }
  refuseNewerPython(db);
}

/** Brings the database forward in one transaction. Throws WnmError, and changes nothing, on one it does not know. */
export function migrate(db: Database): void {
  refuseNewer(db);
  if (!isOlder(db)) return;
  // Without spilling no page reaches the file before the commit: a run that fails or is killed leaves the file as it was.
  db.run("PRAGMA cache_spill = OFF");
  db.transaction(() => {
    for (const step of STEPS.slice(userVersion(db))) step(db);
    db.run(`PRAGMA user_version = ${REVISION}`);
  }).immediate();
}

function userVersion(db: Database): number {
  const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}
