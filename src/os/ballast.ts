import { closeSync, fsyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { exists } from "./files.ts";
import { discard } from "./whole-file.ts";

const NAME = ".wnm-ballast";
const BALLAST_BYTES = 2 * 1024 * 1024;
/** As much as the source of chance gives at once. */
const CHUNK_BYTES = 65_536;
/** With less than this free, a database cannot be relied on to take a transaction. */
const SHORT_BYTES = 1024 * 1024;
/** Only with plenty of room is the ballast made anew. */
const ROOM_BYTES = 64 * 1024 * 1024;

/**
 * Room that wnm keeps for itself: on a full disk the ballast is thrown off, so that there is room to remember what is
 * done about the full disk. True when that was necessary now.
 */
export function dropBallastWhenShort(folder: string): boolean {
  const path = `${folder}/${NAME}`;
  if ((freeBytes(folder) ?? Number.POSITIVE_INFINITY) >= SHORT_BYTES || !exists(path)) return false;
  discard(path);
  return true;
}

/** Takes ballast on again when there is plenty of room. Never fails: without ballast wnm works as well. */
export function takeBallast(folder: string): void {
  const path = `${folder}/${NAME}`;
  if (exists(path) || (freeBytes(folder) ?? 0) < ROOM_BYTES) return;
  try {
    const fd = openSync(path, "wx", 0o600);
    try {
      // Chance, because a file system may store zeros in no space at all.
      for (let at = 0; at < BALLAST_BYTES; at += CHUNK_BYTES) {
        writeSync(fd, crypto.getRandomValues(new Uint8Array(CHUNK_BYTES)), 0, CHUNK_BYTES, at);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    discard(path);
  }
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
