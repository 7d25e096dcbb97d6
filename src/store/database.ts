import { constants, Database, SQLiteError } from "bun:sqlite";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, WnmError } from "../errors.ts";
import { syncPath } from "../os/files.ts";
import { backUp, problemIn, standAlone } from "./backup.ts";
import { BESIDE, refuseUnlikeFiles } from "./database-files.ts";
import { createTables, isOlder, migrate, refuseNewer } from "./migrate.ts";
import { explained, PUT_BACK } from "./sentences.ts";

const BUSY_MS = 10_000;

/**
 * Opens the colony's database to write, brought forward to this wnm's revision. Of an older one a backup is made
 * beside it first; one that is not fit to be brought forward is not changed at all.
 */
export function openDatabase(path: string): Database {
  refuseUnlikeFiles(path);
  return explained(path, () => {
    const db = new Database(path, { readwrite: true, create: false, strict: true });
    try {
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      checkFitness(db, path);
      // A commit is on the disk before the world outside is touched: intents must survive a power cut.
      db.run("PRAGMA synchronous = FULL");
      if (isOlder(db)) {
        backUp(db, path);
        migrate(db);
      }
      db.run("PRAGMA journal_mode = WAL");
      if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Opens the database only to look: no byte of any file changes, and a run that holds it is not disturbed.
 * A database of an older revision is brought forward in memory.
 */
export function openToRead(path: string): Database {
  return explained(path, () => {
    const db = openUntouched(path);
    return isOlder(db) ? broughtForwardInMemory(db) : db;
  });
}

/** True when the next working run will bring the database forward. Changes nothing. */
export function isBehind(path: string): boolean {
  return explained(path, () => {
    using db = openUntouched(path);
    return isOlder(db);
  });
}

function openUntouched(path: string): Database {
  refuseUnlikeFiles(path);
  const db = openAsItIs(path);
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    checkFitness(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Puts all content into the one file, so that it can be copied and read by programs that know no WAL. */
export function makeOneFile(path: string): void {
  explained(path, () => {
    using db = new Database(path, { readwrite: true, create: false, strict: true });
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = DELETE;`);
  });
}

/** What a database says of itself, of whatever revision it is; undefined when it says nothing. Changes nothing. */
export function glance(
  path: string,
): { readonly process_manager: string; readonly nodes: number } | undefined {
  try {
    refuseUnlikeFiles(path);
    using db = openAsItIs(path);
    return (
      db
        .query<{ process_manager: string; nodes: number }, []>(
          "SELECT coalesce(process_manager, '') AS process_manager, (SELECT count(*) FROM node) AS nodes FROM machine LIMIT 1",
        )
        .get() ?? undefined
    );
  } catch {
    // Whoever opens it to work with it tells what is wrong.
    return undefined;
  }
}

/** While a -wal file exists its content counts; without one SQLite would make one, so the file is taken as it is. */
function openAsItIs(path: string): Database {
  if (isIncomplete(path)) return completedInMemory(path);
  const uri = `file:${encodeURI(path).replaceAll("?", "%3f").replaceAll("#", "%23")}`;
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return existsSync(`${path}-wal`) ? new Database(uri, flags) : new Database(`${uri}?immutable=1`, flags);
}

/**
 * Makes the database whole or not at all: it appears under its name when it is filled. It is not filled in WAL mode,
 * where a page that does not reach the file is no error until the next reader finds it missing.
 */
export function createDatabase(path: string, fill: (db: Database) => void): void {
  const beside = `${path}.new`;
  explained(path, () => {
    for (const suffix of ["", ...BESIDE]) rmSync(beside + suffix, { force: true });
    const db = new Database(beside, { readwrite: true, create: true, strict: true });
    try {
      chmodSync(beside, 0o600);
      db.run("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;");
      db.transaction(() => {
        createTables(db);
        fill(db);
      }).immediate();
      db.run("PRAGMA journal_mode = WAL");
    } finally {
      db.close();
    }
    syncPath(beside);
    // Of a database that was lost: SQLite would take them for the new one's and mix both.
    for (const suffix of BESIDE) rmSync(path + suffix, { force: true });
    renameSync(beside, path);
    syncPath(dirname(path));
  });
}

/**
 * What the file holds is true only together with a file beside it that a reader may not touch: the journal of a
 * writer that was killed in the middle of a commit, or a -wal whose -shm SQLite would have to write before it reads.
 */
function isIncomplete(path: string): boolean {
  const journal = statSync(`${path}-journal`, { throwIfNoEntry: false });
  return (
    (journal !== undefined && journal.size > 0) || (existsSync(`${path}-wal`) && !existsSync(`${path}-shm`))
  );
}

/** A copy that is made whole; the files themselves are left to the next run that writes. */
function completedInMemory(path: string): Database {
  const folder = mkdtempSync(join(process.getBuiltinModule("node:os").tmpdir(), "wnm-read-"));
  try {
    const copy = join(folder, "colony.db");
    for (const suffix of ["", "-wal", "-journal"])
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const db = new Database(copy, { readwrite: true, create: false, strict: true });
    try {
      checkFitness(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return inMemory(db);
  } catch (error) {
    if (error instanceof SQLiteError || error instanceof WnmError) throw error;
    throw new WnmError(
      `The database ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function broughtForwardInMemory(db: Database): Database {
  const copy = inMemory(db);
  migrate(copy);
  return copy;
}

function inMemory(db: Database): Database {
  const bytes = standAlone(db.serialize());
  db.close();
  return Database.deserialize(bytes, { strict: true, readonly: false });
}

/** Throws WnmError unless the database is wnm's, whole, and not of a newer wnm. Changes nothing. */
function checkFitness(db: Database, path: string): void {
  const rows = db.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const names = new Set(rows.map((row) => row.name));
  if (!names.has("machine") || !names.has("node")) {
    throw new WnmError(
      `${path} is not a database of wnm: it has no tables of nodes. Nothing was changed. ${PUT_BACK}`,
    );
  }
  refuseNewer(db);
  const problem = isOlder(db) ? problemIn(db) : undefined;
  if (problem !== undefined)
    throw new WnmError(`The database ${path} is damaged (${problem}). Nothing was changed. ${PUT_BACK}`);
  // Without its settings a colony would go on with those of a new one: other limits, another account for rewards.
  if (db.query("SELECT 1 FROM machine").get() === null) {
    throw new WnmError(
      `The database ${path} was never finished: it holds no settings. Nothing was changed. Move it away, then: wnm --init --rewards_address YOUR_ETH_ADDRESS, with --import when nodes are there`,
      EXIT.not_initialised,
    );
  }
}
