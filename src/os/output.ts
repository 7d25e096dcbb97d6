import { constants, fstatSync, lstatSync, openSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { errorCode, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { isUnknown, namesAt } from "./files/presence.ts";
import { discard, putInPlace } from "./files/write-whole.ts";
import { hasEnded } from "./processes/identity.ts";

const POLL_MS = 10;

/** Thrown when nobody reads the pipe. */
class NotRead extends WnmError {}

/**
 * Writes the whole text to the descriptor synchronously. Throws WnmError when a pipe stays full for `patience_ms`. A closed
 * reader is no error; a full disk is.
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

/** How long a run waits for a stalled log reader. */
const LOG_PATIENCE_MS = 5_000;

/**
 * Returns a log writer that never fails or blocks a run: a full disk must not prevent the run from freeing it, and lines
 * that nobody reads are dropped.
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

/** A non-blocking descriptor of the same pipe. The flag of `fd` itself must not change, since other programs share it. */
function withoutWaiting(fd: number): number {
  try {
    if (fstatSync(fd).isFIFO()) return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // The pipe belongs to another account or has no reader.
  }
  return fd;
}

/** Removes temporary files left by killed calls. */
function clearLeftovers(path: string): void {
  const names = namesAt(dirname(path));
  if (names === "absent" || isUnknown(names)) return;
  const start = `${basename(path)}.`;
  for (const name of names.found.filter((found) => found.startsWith(start))) {
    const pid = /^(\d{1,9})\.new$/.exec(name.slice(start.length))?.[1];
    if (pid !== undefined && hasEnded(Number(pid))) discard(`${dirname(path)}/${name}`);
  }
}

/** Replaces a file atomically, mode 0644. Throws WnmError, also when the path is not a regular file. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  clearLeftovers(path);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new Error("it is not a regular file");
    putInPlace(path, text, { mode: 0o644, beside });
  } catch (error) {
    discard(beside);
    throw new WnmError(`The file ${path} cannot be written: ${messageOf(error)}`);
  }
}
