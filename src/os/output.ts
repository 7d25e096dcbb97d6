import { constants, fstatSync, lstatSync, openSync, writeSync } from "node:fs";
import { WnmError } from "../errors.ts";
import { discard, putInPlace } from "./whole-file.ts";

const POLL_MS = 10;

/** The reader of a pipe takes nothing. */
class NotRead extends WnmError {}

/**
 * Writes all of the text to the descriptor before it returns; throws WnmError when a pipe stays full for `patience_ms`.
 * A reader that has gone away is no error; a full disk is.
 */
export function writeAll(fd: number, text: string, patience_ms = Number.POSITIVE_INFINITY): void {
  let rest = new TextEncoder().encode(text);
  let end = performance.now() + patience_ms;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
      end = performance.now() + patience_ms;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE" || code === "EBADF") return;
      if (code !== "EAGAIN")
        throw new WnmError(`The output cannot be written: ${error instanceof Error ? error.message : error}`);
      if (performance.now() > end) throw new NotRead("The output cannot be written: nobody reads it");
      Bun.sleepSync(POLL_MS);
    }
  }
}

/** How long a run waits in all for a log's reader that has stopped reading. */
const LOG_PATIENCE_MS = 5_000;

/**
 * Writes a log, which never fails a run and never holds it, and with it the colony's lock: a log on a full disk must
 * not keep the run from freeing that disk, and lines that nobody reads are given up.
 */
export function logWriter(fd: number): (text: string) => void {
  let out: number | undefined;
  let is_read = true;
  return (text) => {
    if (!is_read) return;
    try {
      out ??= withoutWaiting(fd);
      writeAll(out, text, LOG_PATIENCE_MS);
    } catch (error) {
      is_read = !(error instanceof NotRead);
    }
  };
}

/** A descriptor of the same pipe that does not wait for its reader. The flag of `fd` itself is shared with other programs. */
function withoutWaiting(fd: number): number {
  try {
    if (fstatSync(fd).isFIFO()) return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // The pipe is another account's, or has no reader any more.
  }
  return fd;
}

/** Control characters, C1 included, and those that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** The text with such characters as \u001b: nothing that a node or a program said moves a terminal's cursor. */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * Puts a file in place, whole or not at all, mode 0644: those who read it in between see the old one. Throws WnmError,
 * also when something other than a file has that name.
 */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error("it is not a plain file");
    putInPlace(path, text, { mode: 0o644, beside });
  } catch (error) {
    discard(beside);
    throw new WnmError(
      `The file ${path} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}
