import type { Database } from "bun:sqlite";
import { WnmError } from "../base/errors.ts";
import { keepFound, NEW_FILE } from "./found.ts";
import { PYTHON_TABLES } from "./python/tables.ts";
import { adoptTables, pythonRevision, refuseNewerPython } from "./python/upgrade.ts";
import { WNM_TABLES } from "./wnm-tables.ts";

/**
 * Step n brings a database from user_version n to n + 1. Python wnm leaves user_version at 0. The tables are constants:
 * the bundler would load a .sql file at each start, which takes 0.15 ms (measured).
 */
const STEPS: readonly ((db: Database) => void)[] = [
  // By the columns that are there: a copy made with SQL alone keeps wnm's columns and loses user_version.
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  // What was remembered about programs also came from nodes' own files, and is not trusted.
  (db) => {
    adoptTables(db, PYTHON_TABLES + WNM_TABLES);
    db.run("DROP TABLE IF EXISTS binary");
  },
  // Adds the columns that the script has gained since.
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
];

/** The revision that this wnm writes. */
export const REVISION = STEPS.length;

/** Makes all tables of a new database. */
export function createTables(db: Database): void {
  db.run(PYTHON_TABLES);
  migrate(db);
  keepFound(db, NEW_FILE);
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

/** Brings the database forward in one transaction. Throws WnmError, and changes nothing, on an unknown one. */
export function migrate(db: Database): void {
  refuseNewer(db);
  if (!isOlder(db)) return;
  // Without spilling, no page reaches the file before the commit: a run that is killed leaves the file as it was.
  db.run("PRAGMA cache_spill = OFF");
  const is_wnms = wasWnms(db);
  db.transaction(() => {
    for (const step of STEPS.slice(userVersion(db))) step(db);
    if (is_wnms) keepWhatWasWnms(db);
    db.run(`PRAGMA user_version = ${REVISION}`);
  }).immediate();
}

/** True for the tables of a wnm that kept neither how it found the file nor whose start_args are stored. */
const wasWnms = (db: Database): boolean => isOfWnm(db) && !hasColumn(db, "found", "mode");

/** True when a wnm of this kind has worked on the database. */
export const isOfWnm = (db: Database): boolean => hasColumn(db, "node", "wanted");

/** Such a wnm used the stored start_args, and it had made the file private. */
function keepWhatWasWnms(db: Database): void {
  db.run("UPDATE machine SET start_args_set = start_args");
  keepFound(db, NEW_FILE);
}

const hasColumn = (db: Database, table: string, column: string): boolean =>
  db.query("SELECT 1 FROM pragma_table_info(?) WHERE name = ?").get(table, column) !== null;

function userVersion(db: Database): number {
  const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}
