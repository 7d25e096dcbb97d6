import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RELEASED } from "../model/run-record.ts";
import { removeTree } from "../os/files/own-text-file.ts";
import { namesAt, ownerOfFile } from "../os/files/presence.ts";
import { realPath } from "../os/paths.ts";
import { hasEnded } from "../os/processes/identity.ts";
import { withoutWal } from "./backup.ts";
import { prepared } from "./connect.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { refuseUnlikeFiles } from "./database-files.ts";
import { refuseUnfit } from "./fitness.ts";
import { standing } from "./in-place.ts";
import { readRun } from "./last-run.ts";
import { isOlder, migrate } from "./migrate.ts";
import { replayWal } from "./replay-wal.ts";
import { explained } from "./sqlite-errors.ts";

/**
 * Opens a copy of the database in memory: no byte of any file changes, and a run that holds it is not disturbed.
 * A database of an older revision is brought forward in memory. Throws WnmError.
 */
export function openToRead(typed: string): Database {
  const path = realPath(typed);
  return explained(path, () => {
    const db = openUntouched(path);
    return isOlder(db) ? broughtForwardInMemory(db) : db;
  });
}

/** The database itself, where nobody writes; undefined: take a copy. What was read counts if it `stands()` afterwards. */
export function openInPlace(
  typed: string,
): { readonly db: Database; readonly stands: () => boolean } | undefined {
  try {
    const path = realPath(typed);
    refuseUnlikeFiles(path);
    const found = standing(path);
    if (found === undefined) return undefined;
    const db = prepared(found.open(), (opened) => refuseUnfit(opened, path));
    if (!isOlder(db)) return { db, stands: found.stands };
    db.close();
  } catch {
    // The reader of the copy is told what is wrong.
  }
  return undefined;
}

/** True when the next working run will bring the database forward. Changes nothing. */
export function isBehind(typed: string): boolean {
  const path = realPath(typed);
  return explained(path, () => {
    using db = openUntouched(path);
    return isOlder(db);
  });
}

function openUntouched(path: string): Database {
  refuseUnlikeFiles(path);
  return prepared(openAsItIs(path), (db) => refuseUnfit(db, path));
}

/** The settings in a database of any revision; undefined when there are none. Changes nothing. */
export function glance(
  typed: string,
): { readonly process_manager: string; readonly nodes: number } | undefined {
  try {
    const path = realPath(typed);
    refuseUnlikeFiles(path);
    using db = openAsItIs(path);
    return (
      db
        .query<{ process_manager: string; nodes: number }, []>(
          "SELECT CAST(coalesce(process_manager, '') AS TEXT) AS process_manager, (SELECT count(*) FROM node) AS nodes FROM machine LIMIT 1",
        )
        .get() ?? undefined
    );
  } catch {
    // The command that opens it to work with it says what is wrong.
    return undefined;
  }
}

/** True when the colony was released, and no run has worked on it since. Changes nothing. */
export function isReleased(typed: string): boolean {
  try {
    const path = realPath(typed);
    refuseUnlikeFiles(path);
    using db = openAsItIs(path);
    return readRun(db)?.status === RELEASED;
  } catch {
    // A database of Python wnm has no such table.
    return false;
  }
}

/** The stored log_format, as it is stored; undefined when it cannot be read. Changes nothing. */
export function storedLogFormat(typed: string): string | undefined {
  try {
    const path = realPath(typed);
    refuseUnlikeFiles(path);
    using db = openAsItIs(path);
    const row = db.query<{ log_format: unknown }, []>("SELECT log_format FROM machine LIMIT 1").get();
    return typeof row?.log_format === "string" ? row.log_format : undefined;
  } catch {
    // A database of an older wnm lacks the column; other faults are reported elsewhere.
    return undefined;
  }
}

/** A copy in memory of one moment of the database. */
export function openAsItIs(path: string): Database {
  const contents = contentsOf(path);
  if (isHot(contents.journal)) return rolledBackInMemory(contents, path);
  const { database, wal } = contents;
  const whole = wal === undefined ? database : replayWal(database, wal);
  return Database.deserialize(withoutWal(whole), { strict: true, readonly: true });
}

/** The first bytes of the journal of a transaction that may be half in the database (file format, 3). */
const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");

const isHot = (journal: Buffer | undefined): boolean =>
  journal?.subarray(0, 8).equals(JOURNAL_MAGIC) === true;

/** The state before the transaction that a killed writer left half done; its files are left to the next working run. */
function rolledBackInMemory({ database, wal, journal }: Contents, path: string): Database {
  const folder = scratchFolder();
  try {
    const copy = join(folder, "colony.db");
    writeFileSync(copy, database);
    writeFileSync(`${copy}-journal`, journal ?? "");
    if (wal !== undefined) writeFileSync(`${copy}-wal`, wal);
    const opened = new Database(copy, { readwrite: true, create: false, strict: true });
    const db = prepared(opened, () => {
      // The index of the log stays in memory: a full disk has no block for it.
      opened.run("PRAGMA locking_mode = EXCLUSIVE");
      refuseUnfit(opened, path);
    });
    return inMemory(db);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new folder for copies, for this account alone. Removes those of reports that were killed. */
function scratchFolder(): string {
  const above = process.getBuiltinModule("node:os").tmpdir();
  const names = namesAt(above);
  for (const name of typeof names === "object" && "found" in names ? names.found : []) {
    const pid = /^wnm-read-(\d{1,9})-/.exec(name)?.[1];
    if (pid === undefined || !hasEnded(Number(pid))) continue;
    const left = join(above, name);
    if (ownerOfFile(left) === process.getuid?.()) removeTree(left);
  }
  return mkdtempSync(join(above, `wnm-read-${process.pid}-`));
}

function broughtForwardInMemory(db: Database): Database {
  const copy = inMemory(db);
  migrate(copy);
  return copy;
}

function inMemory(db: Database): Database {
  const bytes = withoutWal(db.serialize());
  db.close();
  return Database.deserialize(bytes, { strict: true, readonly: false });
}
