import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { errorCode, WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { bytesOf, type FileKind, MOST_BYTES, READ_FLAGS, tooLarge } from "./open-regular.ts";

/** How long the writer of a pipe may be silent, and how long it may take in total. */
export type Patience = { readonly silent_ms: number; readonly total_ms: number };

/** How long to wait for a writer to open the pipe. */
const UNWRITTEN_MS = 4_000;
const POLL_MS = 10;
const PIECE_BYTES = 64 * 1024;

/**
 * The content of a file that the operator named in the call. It may be a pipe, such as `<(gpg -d FILE)` or /dev/stdin, or
 * /dev/null. Throws WnmError when it cannot be read, is a device, is too large for its kind, or times out.
 */
export async function readNamedFile(path: string, kind: FileKind, patience: Patience): Promise<Buffer> {
  try {
    // Checked before opening, because opening some devices has side effects.
    const stat = statSync(path);
    if (stat.isFIFO()) return await drained(path, MOST_BYTES[kind], patience);
    if (stat.isCharacterDevice() && stat.rdev === statSync("/dev/null").rdev) return Buffer.alloc(0);
    if (!stat.isFile()) throw new Error("it is a folder, a socket or a device; name a file or a pipe");
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be read: ${messageOf(error)}`);
  }
  return bytesOf(path, kind);
}

/** Reads a pipe to its end with non-blocking reads. */
async function drained(path: string, most: number, { silent_ms, total_ms }: Patience): Promise<Buffer> {
  const fd = openSync(path, READ_FLAGS);
  try {
    if (!fstatSync(fd).isFIFO()) throw new Error("it was a pipe and no longer is");
    let bytes = Buffer.allocUnsafe(PIECE_BYTES);
    const began = performance.now();
    let [length, heard] = [0, began];
    for (;;) {
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
      const taken = takenFrom(fd, bytes, length);
      const now = performance.now();
      if (taken === 0 && length > 0) return bytes.subarray(0, length);
      if (taken !== undefined && taken > 0) {
        length += taken;
        if (length > most) throw new Error(tooLarge(most));
        heard = now;
      } else {
        const limit = taken === undefined ? silent_ms : Math.min(UNWRITTEN_MS, silent_ms);
        if (now - heard > limit) throw new Error(`nothing was written to the pipe for ${limit / 1000} s`);
        await Bun.sleep(POLL_MS);
      }
      if (now - began > total_ms) throw new Error(`the pipe did not end within ${total_ms / 1000} s`);
    }
  } finally {
    closeSync(fd);
  }
}

/** The number of bytes read from the pipe; undefined while it is empty but has a writer, 0 when it has none. */
function takenFrom(fd: number, bytes: Buffer, at: number): number | undefined {
  try {
    return readSync(fd, bytes, at, bytes.length - at, null);
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return undefined;
    throw error;
  }
}
