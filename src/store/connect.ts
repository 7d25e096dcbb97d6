import { constants, Database, SQLiteError } from "bun:sqlite";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { EXIT, WnmError } from "../base/errors.ts";
import { programPath } from "../os/command.ts";
import { ballastAs, isShort } from "../os/files/ballast.ts";
import { isThere } from "../os/files/presence.ts";
import { isInWalMode } from "./contents.ts";

const BUSY_MS = 10_000;
/** How long to wait for programs that only read the database. */
const ALONE_MS = 1_000;

/** Calls `prepare` and returns the database; closes it if that throws. */
export function prepared(db: Database, prepare: (db: Database) => void): Database {
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Connects with exclusive access. SQLite then keeps the WAL index in memory instead of a memory-mapped -shm file, for which
 * a full disk would kill the process (SIGBUS). Tolerates another program that has the database open, except on a disk that
 * is nearly full.
 */
export function connect(path: string): Database {
  if (!isThere(`${path}-wal`) && isShort(dirname(path)) && isInWalMode(path))
    ballastAs(`${path}-wal`, dirname(path));
  try {
    const db = connected(path, "EXCLUSIVE", ALONE_MS);
    // Left by a program that was killed or could only read; no other program has it open now.
    if (isThere(`${path}-shm`)) rmSync(`${path}-shm`, { force: true });
    return db;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return connectedBesideOthers(path, error);
  }
}

function connectedBesideOthers(path: string, busy: unknown): Database {
  try {
    if (isShort(dirname(path))) throw busy;
    return connected(path, "NORMAL", BUSY_MS);
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new WnmError(
      `The database ${path} is in use by another program, perhaps a wnm that reached it by another path. Nothing was changed. End that program${programPath("fuser") === undefined ? "" : ` (fuser ${path} names it)`}, or try again`,
      EXIT.locked,
    );
  }
}

const connected = (path: string, locking: "EXCLUSIVE" | "NORMAL", patience_ms: number): Database =>
  prepared(new Database(path, { readwrite: true, create: false, strict: true }), (db) => {
    db.run(`PRAGMA busy_timeout = ${patience_ms}; PRAGMA locking_mode = ${locking};`);
    if (isThere(`${path}-wal`)) keepLog(db, true);
    // The first read acquires the lock.
    db.query("SELECT 1 FROM sqlite_master").get();
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  });

/** Keeps the -wal file on close, with its blocks and inode, since a full disk has none for a new one. */
export const keepLog = (db: Database, stays: boolean): number =>
  db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, stays ? 1 : 0);

const isBusy = (error: unknown): boolean =>
  error instanceof SQLiteError && (error.code ?? "").startsWith("SQLITE_BUSY");
