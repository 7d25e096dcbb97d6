import { constants, fchmodSync, fsyncSync, renameSync, rmSync, writeSync } from "node:fs";
import { withOpenFile } from "./open-file.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** To make a new file: a link or another file under the name is an error. */
export const NEW_FILE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/** Writes every byte: one call may write less on a disk that fills up. */
export function writeEveryByte(fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
}

/** Waits until a file's content, or a folder's list of names, is on the disk. */
export const syncPath = (path: string): void => withOpenFile(path, O_RDONLY, fsyncSync);

/**
 * Writes a file, whole or not at all: a new one beside it, synced, takes its name. Anything under the name beside it,
 * even a planted link, is replaced and never written through. Throws the system's error.
 */
export function putInPlace(
  path: string,
  content: string | Uint8Array,
  { mode, beside = `${path}.new` }: { readonly mode: number; readonly beside?: string },
): void {
  rmSync(beside, { force: true });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const fill = (fd: number) => {
    fchmodSync(fd, mode);
    writeEveryByte(fd, bytes);
    fsyncSync(fd);
  };
  withOpenFile(beside, NEW_FILE_FLAGS, fill, mode);
  renameSync(beside, path);
}

/** Removes what a failed step left. Never fails: the error of that step says what is wrong. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays; the next attempt replaces it.
  }
}
