import { constants, fstatSync, lstatSync, openSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { errorCode, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { isUnknown, namesAt } from "./files/presence.ts";
import { discard, putInPlace } from "./files/write-whole.ts";
import { hasEnded } from "./processes/identity.ts";

const POLL_MS = 10;

/** Nobody reads the pipe. */
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
      const code = errorCode(error);
      if (code === "EPIPE" || code === "EBADF") return;
      if (code !== "EAGAIN") throw new WnmError(`The output cannot be written: ${messageOf(error)}`);
      if (performance.now() > end) throw new NotRead("The output cannot be written: nobody reads it");
      Bun.sleepSync(POLL_MS);
    }
  }
}

/** How long a run waits for a reader of the log that has stopped reading. */
const LOG_PATIENCE_MS = 5_000;

/**
 * Returns a writer of the log that never fails or blocks a run: a log on a full disk must not keep the run from freeing
 * that disk, and lines that nobody reads are dropped.
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

/** Removes what killed calls have left beside the file. */
function clearLeftovers(path: string): void {
  const names = namesAt(dirname(path));
  if (names === "absent" || isUnknown(names)) return;
  const start = `${basename(path)}.`;
  for (const name of names.found.filter((found) => found.startsWith(start))) {
    const pid = /^(\d{1,9})\.new$/.exec(name.slice(start.length))?.[1];
    if (pid !== undefined && hasEnded(Number(pid))) discard(`${dirname(path)}/${name}`);
  }
}

/** Puts a file in place, whole or not at all, mode 0644. Throws WnmError, also when a file of another kind is there. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  clearLeftovers(path);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error("it is not a plain file");
    putInPlace(path, text, { mode: 0o644, beside });
  } catch (error) {
    discard(beside);
    throw new WnmError(`The file ${path} cannot be written: ${messageOf(error)}`);
  }
}
