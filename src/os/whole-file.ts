import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";

/**
 * Writes a file, whole or not at all: a new one beside it, synced, takes its name. Whatever stood under the name beside
 * it, be it a planted link, is replaced and never written through. Throws the system's error.
 */
export function putInPlace(
  path: string,
  text: string,
  { mode, beside = `${path}.new` }: { readonly mode: number; readonly beside?: string },
): void {
  rmSync(beside, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    fchmodSync(fd, mode);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(beside, path);
}

/** Removes what a failed step left; when that fails too, the first error is the one that tells what is wrong. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays; the next attempt replaces it.
  }
}
