import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errorCode, WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { Seconds } from "../../model/node.ts";

const MIB = 1024 * 1024;

/** The most bytes read from a file, by its kind: many times its usual size. */
export const MOST_BYTES = {
  /** What an operator writes: config, .env, wnm's marker, anm's and the firewall's settings. */
  settings: MIB,
  /** What starts programs: units, property lists, crontabs, definitions of nodes in containers. */
  definition: MIB,
  /** What nodes keep: keys, lists of peers, pid files. An ant-node's key is 25 kB. */
  "node file": 4 * MIB,
  /** antctl keeps removed nodes in its registry too. */
  registry: 64 * MIB,
  /** An archive of 4000 ant-nodes' keys. */
  archive: 128 * MIB,
  /** What the system keeps: accounts, its own id, the state of a process. */
  system: 16 * MIB,
} as const;
export type FileKind = keyof typeof MOST_BYTES;

/** An open regular file. */
export type RegularFile = { readonly fd: number; readonly size: number; readonly changed_at: Seconds };

/** Neither waits for the writer of a pipe nor takes a controlling terminal. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file to read that a node may have put there, hands it to `read`, and closes it. undefined when it cannot be
 * opened or read, and for anything but a regular file: a pipe would hold the reader for ever.
 */
export function withRegularFile<T>(path: string, read: (file: RegularFile) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, READ_FLAGS);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(fd);
    return stat.isFile() ? read({ fd, size: stat.size, changed_at: stat.mtimeMs / 1000 }) : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** The first `most` bytes of an open file, or with `from` those from there on, as text. */
export function textIn({ fd }: RegularFile, most: number, from = 0): string {
  const bytes = Buffer.alloc(most);
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, most, from));
}

/** The last `most` bytes of a file as text; undefined when it cannot be read or is no regular file. */
export const endOf = (path: string, most: number): string | undefined =>
  withRegularFile(path, (file) => textIn(file, most, Math.max(0, file.size - most)));

/** The text of a regular file; undefined when it cannot be read or has more bytes than its kind may have. */
export function textOf(path: string, kind: FileKind): string | undefined {
  try {
    return bytesOf(path, kind).toString("utf8");
  } catch {
    return undefined;
  }
}

/**
 * The content of a regular file. Throws WnmError when it cannot be read, when it is not a regular file (a pipe or a
 * device would never end), and when it has more bytes than its kind may have.
 */
export function bytesOf(path: string, kind: FileKind): Buffer {
  try {
    return read(path, MOST_BYTES[kind]);
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be read: ${messageOf(error)}`);
  }
}

function read(path: string, most: number): Buffer {
  const fd = openUnlessSocket(path);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(NOT_PLAIN);
    if (stat.size > most) throw new Error(tooLarge(most));
    return contentOf(fd, stat.size, most);
  } finally {
    closeSync(fd);
  }
}

const NOT_PLAIN =
  "it is a folder, a pipe, a socket or a device, and not a plain file; put a plain file in its place";

/** open(2) gives ENXIO for a socket, and for a device that nothing drives. */
function openUnlessSocket(path: string): number {
  try {
    return openSync(path, READ_FLAGS);
  } catch (error) {
    throw errorCode(error) === "ENXIO" ? new Error(NOT_PLAIN) : error;
  }
}

/** The reason against a file that is larger than any of its kind. */
export const tooLarge = (most: number): string =>
  `it holds more than ${most / MIB} MiB, so it is not what it should be`;

/** Files of the kernel report a size of 0. */
const UNSAID_BYTES = 16 * 1024;

/** Reads to the end. A file may grow while it is read, so its size alone is no bound. */
function contentOf(fd: number, size: number, most: number): Buffer {
  let bytes = Buffer.allocUnsafe(size > 0 ? size + 1 : UNSAID_BYTES);
  for (let length = 0; ; ) {
    const taken = readSync(fd, bytes, length, bytes.length - length, length);
    length += taken;
    if (length > most) throw new Error(tooLarge(most));
    // A short read of a file on a disk is its end.
    if (taken === 0 || (size > 0 && length < bytes.length)) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, most + 1));
  }
}
