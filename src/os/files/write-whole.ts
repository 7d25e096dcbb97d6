import { constants, fchmodSync, fsyncSync, renameSync, rmSync, writeSync } from "node:fs";
import { withOpenFile } from "./open-file.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Flags to create a new file; an existing file or link is an error. */
export const NEW_FILE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/** Writes all bytes; a single write(2) may write less on a disk that fills up. */
export function writeEveryByte(fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
}

/** fsync(2) of a file or folder. */
export const syncPath = (path: string): void => withOpenFile(path, O_RDONLY, fsyncSync);

/**
 * Writes a file atomically: a temporary file next to it is synced and renamed. Anything under the temporary name, even a
 * planted link, is replaced and never written through. Throws the system's error.
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

/** Removes what a failed step left. Never fails, because that step's own error is the one to report. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays, and the next attempt replaces it.
  }
}
