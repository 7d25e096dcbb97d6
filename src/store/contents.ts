import { fstatSync, readSync } from "node:fs";
import { errorCode, WnmError } from "../base/errors.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { READ_FLAGS } from "../os/files/open-regular.ts";
import { WAL_HEADER_BYTES } from "./replay-wal.ts";
import { PUT_BACK } from "./sqlite-errors.ts";

/** The contents of a database's files at one moment; undefined for a missing file. */
export type Contents = {
  readonly database: Buffer;
  readonly wal: Buffer | undefined;
  readonly journal: Buffer | undefined;
};

/** Far more than any colony needs. */
const MOST_BYTES = 1024 ** 3;
/** How long to wait for a quiet moment; a run writes in bursts of milliseconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 1;

/**
 * Reads the files without a lock, so neither side blocks the other, even if a writer is suspended. Reads them twice; if
 * both agree, nothing was written in between, so they are consistent. Closing the files drops this process's POSIX locks,
 * so it must not have the database open. Throws the system's error, or WnmError when the files keep changing.
 */
export function contentsOf(path: string): Contents {
  const end = performance.now() + PATIENCE_MS;
  for (let before = readAll(path); ; ) {
    const after = readAll(path);
    if (areEqual(before, after)) return after;
    if (performance.now() > end)
      throw new WnmError(`The database ${path} cannot be read: another program keeps writing to it`);
    Bun.sleepSync(PAUSE_MS);
    before = after;
  }
}

/** Reads the log before the database, so that a checkpoint in between changes the log and is noticed by the second read. */
const readAll = (path: string): Contents => ({
  journal: bytesOf(`${path}-journal`),
  wal: bytesOf(`${path}-wal`, isInUse),
  database: bytesOf(path) ?? Buffer.alloc(0),
});

function areEqual(a: Contents, b: Contents): boolean {
  const same = (x: Buffer | undefined, y: Buffer | undefined) =>
    x === undefined || y === undefined ? x === y : x.equals(y);
  return same(a.journal, b.journal) && same(a.wal, b.wal) && same(a.database, b.database);
}

/** True when there is no log or it has no content. */
export const isLogEmpty = (path: string): boolean =>
  unlessAbsent(`${path}-wal`, (fd) => isInUse(bytesAt(fd, 0, WAL_HEADER_BYTES))) !== true;

/** False for a log with allocated space but no content: a run ends by zeroing its header. */
const isInUse = (head: Buffer): boolean => head.some((byte) => byte !== 0);

/** The bytes of a file, or only its head unless `needed`; undefined when it does not exist. */
function bytesOf(path: string, needed: (head: Buffer) => boolean = () => true): Buffer | undefined {
  return unlessAbsent(path, (fd) => {
    const { size } = fstatSync(fd);
    if (size > MOST_BYTES)
      throw new WnmError(
        `${path} is larger than any colony's, so it is not read. Nothing was changed. ${PUT_BACK}`,
      );
    const head = bytesAt(fd, 0, Math.min(size, WAL_HEADER_BYTES));
    return needed(head) ? bytesAt(fd, 0, size) : head;
  });
}

function unlessAbsent<T>(path: string, read: (fd: number) => T): T | undefined {
  try {
    return withOpenFile(path, READ_FLAGS, read);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** `count` bytes from `from` on; fewer when the file has shrunk. */
function bytesAt(fd: number, from: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let length = 0;
  while (length < count) {
    const taken = readSync(fd, bytes, length, count - length, from + length);
    if (taken === 0) break;
    length += taken;
  }
  return bytes.subarray(0, length);
}

/** True for journal mode WAL, in byte 18 (SQLite file format, 1.3.3). Call this only before SQLite opens the file. */
export const isInWalMode = (path: string): boolean =>
  unlessAbsent(path, (fd) => bytesAt(fd, 18, 1)[0] === 2) === true;
