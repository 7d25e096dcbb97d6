import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errorCode, WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import type { Seconds } from "../../model/node.ts";

const MIB = 1024 * 1024;

/** The maximum size read from a file, by kind: many times the usual size. */
export const MOST_BYTES = {
  /** Config files, .env, wnm's marker, settings of anm and the firewall. */
  settings: MIB,
  /** Units, property lists, crontabs, definitions of nodes in containers. */
  definition: MIB,
  /** Keys, peer lists and pid files of nodes. An ant-node's key is 25 kB. */
  "node file": 4 * MIB,
  /** antctl keeps removed nodes in its registry too. */
  registry: 64 * MIB,
  /** Enough for an archive of 4000 ant-nodes' keys. */
  archive: 128 * MIB,
  /** System files: accounts, machine id, state of a process. */
  system: 16 * MIB,
} as const;
export type FileKind = keyof typeof MOST_BYTES;

/** An open regular file. */
export type RegularFile = { readonly fd: number; readonly size: number; readonly changed_at: Seconds };

/** Flags that neither block on a pipe nor acquire a controlling terminal. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file that a node may have planted, passes it to `read`, and closes it. undefined when it cannot be opened or
 * read, or is not a regular file, since a pipe would block the reader forever.
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

/** Up to `most` bytes of an open file as text, starting at `from`. */
export function textIn({ fd }: RegularFile, most: number, from = 0): string {
  const bytes = Buffer.alloc(most);
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, most, from));
}

/** The last `most` bytes of a file as text; undefined when it cannot be read or is not a regular file. */
export const endOf = (path: string, most: number): string | undefined =>
  withRegularFile(path, (file) => textIn(file, most, Math.max(0, file.size - most)));

/** The text of a regular file; undefined when it cannot be read or is too large for its kind. */
export function textOf(path: string, kind: FileKind): string | undefined {
  try {
    return bytesOf(path, kind).toString("utf8");
  } catch {
    return undefined;
  }
}

/**
 * The content of a regular file. Throws WnmError when it cannot be read, is not a regular file (a pipe or a device might
 * never end), or is too large for its kind.
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
  "it is a folder, a pipe, a socket or a device, and not a regular file; put a regular file in its place";

/** Opens a file; open(2) fails with ENXIO for a socket, and for a device without a driver. */
function openUnlessSocket(path: string): number {
  try {
    return openSync(path, READ_FLAGS);
  } catch (error) {
    throw errorCode(error) === "ENXIO" ? new Error(NOT_PLAIN) : error;
  }
}

/** The error for a file that is too large for its kind. */
export const tooLarge = (most: number): string =>
  `it holds more than ${most / MIB} MiB, so it is not what it should be`;

/** Initial buffer for kernel files, which report a size of 0. */
const UNSAID_BYTES = 16 * 1024;

/** Reads to the end. A file may grow meanwhile, so its initial size is no limit. */
function contentOf(fd: number, size: number, most: number): Buffer {
  let bytes = Buffer.allocUnsafe(size > 0 ? size + 1 : UNSAID_BYTES);
  for (let length = 0; ; ) {
    const taken = readSync(fd, bytes, length, bytes.length - length, length);
    length += taken;
    if (length > most) throw new Error(tooLarge(most));
    // A short read of a regular file means its end.
    if (taken === 0 || (size > 0 && length < bytes.length)) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, most + 1));
  }
}
