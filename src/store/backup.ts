import { Database } from "bun:sqlite";
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { WnmError } from "../errors.ts";
import { exists, syncPath } from "../os/files.ts";
import { discard } from "../os/whole-file.ts";
import { revisionName } from "./migrate.ts";

/** Backups that are kept beside a database, the newest. */
const KEPT = 3;

/** What is wrong with the database, in SQLite's words; undefined when it is whole. */
export function problemIn(db: Database): string | undefined {
  const rows = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").all();
  const [first] = rows;
  return first === undefined || first.quick_check === "ok" ? undefined : first.quick_check;
}

/**
 * Copies the open database to PATH.<revision>.bak (mode 0600), whole or not at all, and checks the copy. An earlier
 * backup of the same revision keeps its content under a dated name. Gives the backup's path. Throws WnmError.
 */
export function backUp(db: Database, path: string): string {
  const target = `${path}.${revisionName(db)}.bak`;
  const bytes = standAlone(db.serialize());
  if (holds(target, bytes)) return target;
  const beside = `${path}.bak.new`;
  try {
    writeNew(beside, bytes);
    const problem = problemWith(beside);
    if (problem !== undefined) throw new WnmError(`the copy is damaged: ${problem}`);
    if (exists(target)) renameSync(target, dated(target));
    renameSync(beside, target);
    syncPath(dirname(path));
    prune(path);
  } catch (error) {
    discard(beside);
    throw new WnmError(
      `The database ${path} is of an older wnm, and no backup of it can be made before it is changed: ${error instanceof Error ? error.message : error}. Nothing was changed; make room beside it and run wnm again.`,
    );
  }
  return target;
}

/** The bytes of a database that needs no -wal file: bytes 18 and 19 say how it is journalled (file format, 1.3.3). */
export function standAlone(bytes: Uint8Array): Uint8Array {
  bytes[18] = 1;
  bytes[19] = 1;
  return bytes;
}

function holds(path: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

function writeNew(path: string, bytes: Uint8Array): void {
  rmSync(path, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function problemWith(path: string): string | undefined {
  using copy = new Database(path, { readonly: true, strict: true });
  return problemIn(copy);
}

/** PATH.REVISION.SECONDS.bak, a name that is free. */
function dated(target: string): string {
  const stem = target.replace(/\.bak$/, "");
  for (let at = Math.floor(statSync(target).mtimeMs / 1000); ; at++) {
    if (!exists(`${stem}.${at}.bak`)) return `${stem}.${at}.bak`;
  }
}

/** Deletes all but the newest backups; files of other names are not wnm's. */
function prune(path: string): void {
  const folder = dirname(path);
  const shape = /^\.([0-9a-f]{12}|0\.0\.9|wnm\d+)(\.\d+)?\.bak$/;
  const backups = readdirSync(folder)
    .filter((name) => name.startsWith(basename(path)) && shape.test(name.slice(basename(path).length)))
    .map((name) => ({ file: `${folder}/${name}`, at: statSync(`${folder}/${name}`).mtimeMs }))
    .toSorted((a, b) => b.at - a.at);
  for (const { file } of backups.slice(KEPT)) discard(file);
}
