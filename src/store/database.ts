import { constants, Database, SQLiteError } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NotInitialised, WnmError } from "../errors.ts";
import { createTables, isOlder, migrate, refuseNewer } from "./migrate.ts";

const BUSY_MS = 10_000;

/** Opens the colony's database to write, brought forward to this wnm's revision. */
export function openDatabase(path: string): Database {
  if (!existsSync(path)) throw new NotInitialised(path, nodesRemain(dirname(path)));
  return explained(path, () => {
    const db = new Database(path, { readwrite: true, create: false, strict: true });
    try {
      // Looked at first: setting WAL on an empty or foreign file would already write to it.
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      checkTables(db, path);
      // A commit is on the disk before the world outside is touched: intents must survive a power cut.
      db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      migrate(db);
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
  if (!existsSync(path)) throw new NotInitialised(path, nodesRemain(dirname(path)));
  // While a -wal file exists its content counts; without one SQLite would make one, so the file is taken as it is.
  const uri = `file:${encodeURI(path).replaceAll("?", "%3f").replaceAll("#", "%23")}`;
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  const waits = existsSync(`${path}-wal`);
  if (waits && !existsSync(`${path}-shm`)) return copyInMemory(path);
  const db = waits ? new Database(uri, flags) : new Database(`${uri}?immutable=1`, flags);
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    checkTables(db, path);
    refuseNewer(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Makes the database whole or not at all: it appears under its name when it is filled. */
export function createDatabase(path: string, fill: (db: Database) => void): void {
  const beside = `${path}.new`;
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(beside + suffix, { force: true });
  explained(path, () => {
    const db = new Database(beside, { readwrite: true, create: true, strict: true });
    try {
      chmodSync(beside, 0o600);
      db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      createTables(db);
      fill(db);
    } finally {
      db.close();
    }
    sync(beside);
    renameSync(beside, path);
    sync(dirname(path));
  });
}

/** A base folder with nodes but without a database has lost it. */
function nodesRemain(base: string): boolean {
  return ["node", "services"].some((storage) => {
    try {
      return readdirSync(`${base}/${storage}`).some((name) => /^antnode\d+$/.test(name));
    } catch {
      return false;
    }
  });
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Without its -shm file SQLite has to write before it can read a -wal, which a reader may not: a copy is read. */
function copyInMemory(path: string): Database {
  const folder = mkdtempSync(join(tmpdir(), "wnm-read-"));
  try {
    const copy = join(folder, "colony.db");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
    const db = new Database(copy, { readwrite: true, create: false, strict: true });
    checkTables(db, path);
    refuseNewer(db);
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
  const bytes = db.serialize();
  db.close();
  // Bytes 18 and 19 say WAL; a database in memory has none (SQLite file format, 1.3.3).
  bytes[18] = 1;
  bytes[19] = 1;
  return Database.deserialize(bytes, { strict: true, readonly: false });
}

function checkTables(db: Database, path: string): void {
  const rows = db.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const names = new Set(rows.map((row) => row.name));
  if (!names.has("machine") || !names.has("node")) {
    throw new WnmError(
      `${path} is not a database of wnm: it has no tables of nodes. Nothing was changed. Put a backup in its place, or move it away and initialise again.`,
    );
  }
}

/** Turns SQLite's errors into sentences that say what to do. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    const code = String(error.code ?? "");
    const advice = ADVICE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "see the message";
    throw new WnmError(`The database ${path} cannot be used (${code}: ${error.message}): ${advice}.`);
  }
}

const ADVICE: readonly (readonly [code: string, advice: string])[] = [
  ["SQLITE_NOTADB", "it is not a database; put a backup (colony.db.*.bak) in its place"],
  ["SQLITE_CORRUPT", "it is damaged; put a backup (colony.db.*.bak) in its place"],
  ["SQLITE_FULL", "the disk is full; free some space"],
  ["SQLITE_READONLY", "it or its folder is read-only for this account"],
  ["SQLITE_CANTOPEN", "this account may not open it"],
  ["SQLITE_BUSY", "another program holds it; try again"],
  ["SQLITE_IOERR", "the disk reports an error; look at dmesg"],
];
