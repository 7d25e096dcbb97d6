import type { Database } from "bun:sqlite";
import { chmodSync, constants, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Seconds } from "../model/node.ts";
import { RELEASED } from "../model/run-record.ts";
import { dropBallast } from "../os/files/ballast.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { realPath } from "../os/paths.ts";
import { backUp } from "./backup.ts";
import { connect, keepLog, prepared } from "./connect.ts";
import {
  type Beside,
  makeBesideWritable,
  OWNERS_OWN,
  refuseReadOnly,
  refuseSecondName,
  refuseUnlikeFiles,
  shareBeside,
} from "./database-files.ts";
import { refuseUnfit } from "./fitness.ts";
import { forgetFound, foundAs, modeToKeep } from "./found.ts";
import { useLog } from "./journal.ts";
import { saveRun } from "./last-run.ts";
import { isOfWnm, isOlder, migrate } from "./migrate.ts";
import { clearUnknown } from "./python/hand-back.ts";
import { WAL_HEADER_BYTES } from "./replay-wal.ts";
import { LOG_PAGES } from "./room.ts";
import { explained, isFull } from "./sqlite-errors.ts";

/** Opens the database for writing. Backs up and migrates an older one; leaves an unfit one unchanged. Throws WnmError. */
export function openDatabase(typed: string): Database {
  const path = realPath(typed);
  const beside = refuseUnlikeFiles(path);
  refuseSecondName(path);
  refuseReadOnly(path);
  return explained(path, () => {
    makeBesideWritable(beside);
    return prepared(connect(path), (db) => prepareToWrite(db, path, beside));
  });
}

function prepareToWrite(db: Database, path: string, beside: readonly Beside[]): void {
  refuseUnfit(db, path);
  // A commit must be on disk before anything external changes, because intents must survive a power cut.
  db.run("PRAGMA synchronous = FULL");
  if (isOlder(db)) {
    backUp(db, path);
    migrate(db);
  }
  const { mode, gid } = statSync(path);
  const kept = modeToKeep(db, mode);
  // Done before the log exists, because SQLite copies the database's mode to it.
  if ((mode & 0o777) !== kept) chmodSync(path, kept);
  useLog(db, path);
  db.run(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  const is_shared = kept !== OWNERS_OWN || beside.some((file) => (file.mode & 0o077) !== 0);
  if (is_shared) shareBeside(path, kept, gid);
}

/** Applies the stored database_mode to the open database and its log. Throws the system's error. */
export function applyMode(db: Database): void {
  const { mode, gid } = statSync(db.filename);
  const kept = modeToKeep(db, mode);
  chmodSync(db.filename, kept);
  shareBeside(db.filename, kept, gid);
}

/** Moves all content into one file, which can be copied, and read by programs without WAL support. */
export function makeOneFile(typed: string): void {
  const path = realPath(typed);
  explained(path, () => {
    using db = connect(path);
    keepLog(db, false);
    db.run("PRAGMA journal_mode = DELETE");
  });
}

/** Prepares the file for Python wnm: no negative readings for unknown; mode and journal as wnm found them. */
export function handBack(typed: string, now: Seconds): void {
  const path = realPath(typed);
  explained(path, () => {
    using db = connect(path);
    if (!isOfWnm(db)) return;
    clearUnknown(db);
    const found = isOlder(db) ? undefined : foundAs(db);
    if (found !== undefined) forgetFound(db);
    if (!isOlder(db)) saveRun(db, { ended_at: now, duration_ms: 0, status: RELEASED, done: 0, failed: 0 });
    keepLog(db, false);
    if (found?.journal_mode !== "wal") db.run("PRAGMA journal_mode = DELETE");
    if (found !== undefined && (statSync(path).mode & 0o777) !== found.mode) chmodSync(path, found.mode);
  });
}

/** Checkpoints the log into the database, so that one file is the whole colony, and closes it. Never fails. */
export function closeDatabase(db: Database): void {
  try {
    finishLog(db);
  } catch (error) {
    if (isFull(error) && dropBallast(dirname(db.filename))) attempt(() => finishLog(db));
  }
  db.close();
}

/** Ignores errors, because content that does not reach the database stays in the log for the next run. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It stays in the log.
  }
}

type Checkpoint = { readonly busy: number; readonly log: number; readonly checkpointed: number };

function finishLog(db: Database): void {
  const done = db.query<Checkpoint, []>("PRAGMA wal_checkpoint(PASSIVE)").get();
  if (done === null || done.busy !== 0 || done.log <= 0 || done.log !== done.checkpointed) return;
  const locking = db.query<{ locking_mode: string }, []>("PRAGMA locking_mode").get();
  if (locking?.locking_mode === "exclusive") emptyLog(`${db.filename}-wal`);
}

/** Zeroes the log's header, which empties it, so that the next run need not read all of it. */
function emptyLog(path: string): void {
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const header = new Uint8Array(WAL_HEADER_BYTES);
  withOpenFile(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, (fd) => writeSync(fd, header, 0, header.length, 0));
}
