import { fchmodSync, fstatSync, fsyncSync, readSync, renameSync, rmSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import type { NodeFile } from "../../model/program-path.ts";
import { problemOf } from "./new-file.ts";
import { isPublic, nodePathAt, withNodeFile } from "./node-path.ts";
import { withOpenFile } from "./open-file.ts";
import { PROGRAM_MODE } from "./program-link.ts";
import { discard, NEW_FILE_FLAGS, writeEveryByte } from "./write-whole.ts";

/** Several times the largest node program (60 MiB); a larger file is not read. */
export const MOST_PROGRAM_BYTES = 256 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** An open program file and its metadata. */
type Open = { readonly fd: number; readonly stat: Stats; readonly fingerprint: string };

/** The content of a program file. */
export type Content = { readonly fingerprint: string; readonly sha256: string };

/**
 * Fingerprint and SHA-256 of a file that a node can write. Follows no link, and reads only a regular file, up to its size
 * when it was opened. Skips reading if the fingerprint is `known`; otherwise `mayRead` decides by the size. undefined when
 * there is no such file.
 */
export function contentOf(
  path: NodeFile,
  known: (fingerprint: string) => string | undefined,
  mayRead: (bytes: number) => boolean,
): Content | undefined {
  return reading(path, (file) => {
    const { fingerprint } = file;
    const before = known(fingerprint);
    if (before !== undefined) return { fingerprint, sha256: before };
    if (!mayRead(file.stat.size)) return undefined;
    const sha256 = digest(file, () => undefined);
    // A file that was changed meanwhile yields neither the old content nor the new.
    return fingerprintIn(file.fd) === fingerprint ? { fingerprint, sha256 } : undefined;
  });
}

/**
 * Atomically copies a file that a node can write to `to`, where only this account can, and returns its SHA-256. The copy is
 * executable by everybody, but wnm never runs it. A file with a second hard link is copied only if it is world-readable or
 * its content is `expected`, because a node may have linked somebody else's file. Throws WnmError.
 */
export function copyProgram(from: NodeFile, to: string, expected: string | undefined): string {
  const beside = `${to}.new`;
  try {
    const copied = ({ fd }: { readonly fd: number }): string => {
      const file = openIn(fd);
      if (file === undefined) throw new Error("it is not a readable file, or is too large to be a program");
      if (file.stat.nlink > 1 && expected === undefined && !isPublic(file.stat))
        throw new Error("the file has a second name");
      rmSync(beside, { force: true });
      const copy = (out: number): string => {
        const written = digest(file, (piece) => writeEveryByte(out, piece));
        fchmodSync(out, PROGRAM_MODE);
        fsyncSync(out);
        return written;
      };
      return withOpenFile(beside, NEW_FILE_FLAGS, copy, 0o600);
    };
    const sha256 = withNodeFile(placeOf(from), copied, "public");
    if (expected !== undefined && sha256 !== expected) throw new Error("it was changed meanwhile");
    renameSync(beside, to);
    return sha256;
  } catch (error) {
    discard(beside);
    throw new WnmError(`${from} cannot be copied to ${to}: ${problemOf(error)}`);
  }
}

/** The fingerprint of a file, without reading it; undefined when there is no file. */
export const fingerprintAt = (path: NodeFile): string | undefined =>
  reading(path, ({ fingerprint }) => fingerprint);

/** The metadata of an open file; undefined when it is empty or larger than any program. */
function openIn(fd: number): Open | undefined {
  const stat = fstatSync(fd);
  const is_program = stat.size > 0 && stat.size <= MOST_PROGRAM_BYTES;
  return is_program ? { fd, stat, fingerprint: fingerprintOf(stat) } : undefined;
}

/** Calls `use` with the opened program; undefined when it is not a program or cannot be read. */
function reading<T>(path: NodeFile, use: (file: Open) => T | undefined): T | undefined {
  try {
    const opened = ({ fd }: { readonly fd: number }): T | undefined => {
      const file = openIn(fd);
      return file === undefined ? undefined : use(file);
    };
    return withNodeFile(placeOf(path), opened, "public");
  } catch {
    return undefined;
  }
}

const placeOf = (path: NodeFile) => nodePathAt(dirname(path), path);

const fingerprintOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string =>
  [dev, ino, size, mtimeMs, ctimeMs].join(":");

const fingerprintIn = (fd: number): string => fingerprintOf(fstatSync(fd));

/** SHA-256 of the file up to its size when opened; each chunk is passed to `take`. */
function digest({ fd, stat }: Open, take: (piece: Uint8Array) => void): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, stat.size));
  for (let at = 0; at < stat.size; ) {
    const length = readSync(fd, buffer, 0, Math.min(buffer.length, stat.size - at), at);
    if (length === 0) throw new Error("it became shorter while it was read");
    const piece = buffer.subarray(0, length);
    hasher.update(piece);
    take(piece);
    at += length;
  }
  return hasher.digest("hex");
}
