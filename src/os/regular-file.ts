import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Seconds } from "../model/node.ts";

/** An open regular file. */
export type RegularFile = { readonly fd: number; readonly size: number; readonly changed_at: Seconds };

/**
 * Opens a file to read that a node may have put there, hands it to `read`, and closes it. undefined when it cannot be
 * opened or read, and for anything but a regular file: a pipe would hold the reader for ever.
 */
export function withRegularFile<T>(path: string, read: (file: RegularFile) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
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
