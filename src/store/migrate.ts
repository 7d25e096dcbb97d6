import type { Database } from "bun:sqlite";
import { WnmError } from "../base/errors.ts";
import { keepFound, NEW_FILE } from "./found.ts";
import { PYTHON_TABLES } from "./python/tables.ts";
import { adoptTables, pythonRevision, refuseNewerPython } from "./python/upgrade.ts";
import { WNM_TABLES } from "./wnm-tables.ts";

/**
 * Step n migrates a database from user_version n to n + 1. Python wnm leaves user_version at 0. The tables are constants,
 * because loading a .sql file would take 0.15 ms at each start (measured).
 */
const STEPS: readonly ((db: Database) => void)[] = [
  // Checks the existing columns, because a copy made with plain SQL keeps them but loses user_version.
  (db) => adoptTables(db, PYTHON_TABLES + WNM_TABLES),
  // Stored data about programs also came from nodes' own files, so it is not trusted.
  (db) => {
    adoptTables(db, PYTHON_TABLES + WNM_TABLES);
    db.run("DROP TABLE IF EXISTS binary");
  },
  // Adds columns that were added to the script later.
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

/** The revision of this version of wnm. */
export const REVISION = STEPS.length;

/** Creates all tables of a new database. */
export function createTables(db: Database): void {
  db.run(PYTHON_TABLES);
  migrate(db);
  keepFound(db, NEW_FILE);
}

/** True when the database is from an older wnm or Python wnm. */
export const isOlder = (db: Database): boolean => userVersion(db) < REVISION;

/** The database's revision for backup names: Python wnm's name or this wnm's number. */
export const revisionName = (db: Database): string =>
  userVersion(db) === 0 ? pythonRevision(db) : `wnm${userVersion(db)}`;

/** Throws WnmError for a database from a newer wnm or Python wnm. */
export function refuseNewer(db: Database): void {
  const revision = userVersion(db);
  if (revision > REVISION) {
    throw new WnmError(
      `The database was written by a newer wnm (revision ${revision}; this one knows ${REVISION}). Nothing was changed. Install that wnm again.`,
    );
  }
  refuseNewerPython(db);
}

/** Migrates the database in one transaction. Throws WnmError, changing nothing, for an unknown one. */
export function migrate(db: Database): void {
  refuseNewer(db);
  if (!isOlder(db)) return;
  // Without cache spilling, no page reaches the file before the commit, so a killed run leaves it unchanged.
  db.run("PRAGMA cache_spill = OFF");
  const is_wnms = wasWnms(db);
  db.transaction(() => {
    for (const step of STEPS.slice(userVersion(db))) step(db);
    if (is_wnms) keepWhatWasWnms(db);
    db.run(`PRAGMA user_version = ${REVISION}`);
  }).immediate();
}

/** True for a revision that recorded neither the file's original state nor the origin of start_args. */
const wasWnms = (db: Database): boolean => isOfWnm(db) && !hasColumn(db, "found", "mode");

/** True when wnm, not only Python wnm, has written to the database. */
export const isOfWnm = (db: Database): boolean => hasColumn(db, "node", "wanted");

/** Such a version used the stored start_args and had made the file private, so both are kept. */
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
