import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorCode, WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { dropBallast } from "../files/ballast.ts";
import { absentElseThrow, statAt } from "../files/presence.ts";

const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Opens or creates the lock file, using the ballast's space if the disk is full. Throws WnmError. */
export function openLockFile(path: string): number {
  try {
    const fd = orWithoutBallast(
      () => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600),
      dirname(path),
    );
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    throw new Error("it is not a regular file");
  } catch (error) {
    if (isNoRoom(error)) throw new NoRoom(openingFailed(path, error));
    throw new WnmError(openingFailed(path, error));
  }
}

function openingFailed(path: string, error: unknown): string {
  const because = isPlainOrAbsent(path)
    ? messageOf(error)
    : "it is a link, a folder, a pipe, a socket or a device, and not a regular file; remove it";
  return `The lock file ${path} cannot be opened: ${because}`;
}

function isPlainOrAbsent(path: string): boolean {
  const looked = statAt(path);
  return looked === "absent" || "unknown" in looked || looked.found.isFile();
}

/** Thrown when the disk has no space or inode for the file. */
export class NoRoom extends WnmError {}

const isNoRoom = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");

function orWithoutBallast(work: () => number, folder: string): number {
  try {
    return work();
  } catch (error) {
    if (!isNoRoom(error) || !dropBallast(folder)) throw error;
    return work();
  }
}

/** True when the path still refers to the locked file, which has no other hard link. */
export function isOnlyName(fd: number, path: string): boolean {
  const file = fstatSync(fd);
  return isStill(file, path) && !hasSecondName(file, path);
}

/** False if a run that ended meanwhile has removed its file. */
function isStill({ ino }: Stats, path: string): boolean {
  try {
    return statSync(path).ino === ino;
  } catch (error) {
    absentElseThrow(error, path);
    return false;
  }
}

/** True for a hard link to somebody's file, which must not be written; the name is wnm's own and can be removed. */
function hasSecondName({ nlink }: Stats, path: string): boolean {
  if (nlink < 2) return false;
  unlinkSync(path);
  return true;
}

/** More than any run writes into the file. */
const MOST_CONTENT = 2_000;

/** The text of the lock file. */
export function contentOf(fd: number): string {
  const bytes = Buffer.alloc(MOST_CONTENT);
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, MOST_CONTENT, 0));
}

/** Replaces the text. The file is never empty, so it keeps its disk block for the next text even on a full disk. */
export const replaceContent = (fd: number, text: string): void =>
  attempt(() => ftruncateSync(fd, writeSync(fd, text, 0)));

/** Ignores errors of a step that may fail, because the open descriptor alone is the lock. */
export function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Another process was faster, or the disk is full.
  }
}
