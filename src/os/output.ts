import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync, renameSync, writeSync } from "node:fs";
import { WnmError } from "../errors.ts";
import { discard } from "./files.ts";

/** Writes all of the text to the descriptor before it returns. A reader that has gone away is no error; a full disk is. */
export function writeAll(fd: number, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") {
        Bun.sleepSync(1);
        continue;
      }
      if (code === "EPIPE" || code === "EBADF") return;
      throw new WnmError(`The output cannot be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/**
 * Puts a file in place, whole or not at all, mode 0644: those who read it in between see the old one. Throws WnmError,
 * also when something other than a file has that name.
 */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error("it is not a plain file");
    const fd = openSync(beside, "w", 0o644);
    try {
      fchmodSync(fd, 0o644);
      writeAll(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    discard(beside);
    throw new WnmError(
      `The file ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}
