import { Database } from "bun:sqlite";
import { fsyncSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { withRegularFile } from "../os/files/open-regular.ts";
import { isThere } from "../os/files/presence.ts";
import { discard, NEW_FILE_FLAGS, syncPath, writeEveryByte } from "../os/files/write-whole.ts";
import { revisionName } from "./migrate.ts";

/** The number of backups to keep next to a database. */
const KEPT = 3;

/** SQLite's error about the database's integrity; undefined when it is intact. */
export function problemIn(db: Database): string | undefined {
  const rows = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").all();
  const [first] = rows;
  return first === undefined || first.quick_check === "ok" ? undefined : first.quick_check;
}

/**
 * Copies the open database atomically to PATH.<revision>.bak (mode 0600) and verifies the copy. Renames an earlier backup
 * of the same revision to a dated name. Returns the path of the backup. Throws WnmError.
 */
export function backUp(db: Database, path: string): string {
  const target = `${path}.${revisionName(db)}.bak`;
  const bytes = withoutWal(db.serialize());
  if (holds(target, bytes)) return target;
  const beside = `${path}.bak.new`;
  try {
    writeNew(beside, bytes);
    const problem = problemWith(beside);
    if (problem !== undefined) throw new WnmError(`the copy is damaged: ${problem}`);
    if (isThere(target)) renameSync(target, dated(target));
    renameSync(beside, target);
    syncPath(dirname(path));
    prune(path);
  } catch (error) {
    discard(beside);
    throw new WnmError(
      `The database ${path} was written by an older wnm, and no backup of it can be made before it is changed: ${messageOf(error)}. Nothing was changed; make room beside it and run wnm again.`,
    );
  }
  return target;
}

/** Marks a database, in place, as not using a -wal file: bytes 18 and 19 (SQLite file format, 1.3.3). */
export function withoutWal(bytes: Uint8Array): Uint8Array {
  bytes[18] = 1;
  bytes[19] = 1;
  return bytes;
}

function holds(path: string, bytes: Uint8Array): boolean {
  const same = withRegularFile(path, ({ fd, size }) => {
    if (size !== bytes.length) return false;
    const kept = Buffer.alloc(size);
    return readSync(fd, kept, 0, size, 0) === size && kept.equals(bytes);
  });
  return same === true;
}

function writeNew(path: string, bytes: Uint8Array): void {
  rmSync(path, { force: true });
  const fill = (fd: number) => {
    writeEveryByte(fd, bytes);
    fsyncSync(fd);
  };
  withOpenFile(path, NEW_FILE_FLAGS, fill, 0o600);
}

function problemWith(path: string): string | undefined {
  using copy = new Database(path, { readonly: true, strict: true });
  return problemIn(copy);
}

/** An unused name: PATH.REVISION.SECONDS.bak. */
function dated(target: string): string {
  const stem = target.replace(/\.bak$/, "");
  for (let at = Math.floor(statSync(target).mtimeMs / 1000); ; at++) {
    if (!isThere(`${stem}.${at}.bak`)) return `${stem}.${at}.bak`;
  }
}

/** Deletes all but the newest backups. Ignores files with other names, which are not wnm's. */
function prune(path: string): void {
  const folder = dirname(path);
  const shape = /^\.([0-9a-f]{12}|0\.0\.9|wnm\d+)(\.\d+)?\.bak$/;
  const backups = readdirSync(folder)
    .filter((name) => name.startsWith(basename(path)) && shape.test(name.slice(basename(path).length)))
    .map((name) => ({ file: `${folder}/${name}`, at: statSync(`${folder}/${name}`).mtimeMs }))
    .toSorted((a, b) => b.at - a.at);
  for (const { file } of backups.slice(KEPT)) discard(file);
}
