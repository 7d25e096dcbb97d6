import {
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from "node:fs";
import { type OpenFolder, withFolder } from "./node-path.ts";
import { withOpenFile } from "./open-file.ts";
import { NEW_FILE_FLAGS } from "./write-whole.ts";

const PIECE_BYTES = 1024 * 1024;
const READ_ONE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The number of samples compared per file, and the bytes of each. */
const SAMPLES = 8;
const SAMPLE_BYTES = 65_536;

/** Called with the bytes copied so far, after each chunk. */
export type Progress = (bytes: number) => void;

/** The total size of the files below a folder, without following links. Throws the system's error. */
export const bytesOfTree = (folder: string): number => withFolder(folder, bytesBelow);

function bytesBelow(folder: OpenFolder): number {
  let bytes = 0;
  for (const name of readdirSync(folder.at("."))) {
    const stat = lstatSync(folder.at(name));
    if (stat.isDirectory()) bytes += withFolder(folder.at(name), bytesBelow);
    else if (stat.isFile()) bytes += stat.blocks * 512;
  }
  return bytes;
}

/**
 * Makes the folder `to` a copy of `from`: files (holes stay holes), folders and links, with owners, modes and times, but
 * without pipes and sockets. Resumes an interrupted copy: files with equal size, time and samples are kept, and anything
 * else in `to` is removed. Each file is synced and verified by samples. Follows no link. Throws the system's error.
 */
export function copyTree(from: string, to: string, progress: Progress): void {
  let done = 0;
  const count: Progress = (bytes) => {
    done += bytes;
    progress(done);
  };
  makeFolder(to);
  withFolder(from, (source) => withFolder(to, (target) => copyFolder(source, target, count)));
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function copyFolder(source: OpenFolder, target: OpenFolder, count: Progress): void {
  const names = new Set(readdirSync(source.at(".")));
  for (const name of readdirSync(target.at(".")))
    if (!names.has(name)) rmSync(target.at(name), { recursive: true, force: true });
  for (const name of names) {
    const [from, to] = [source.at(name), target.at(name)];
    const stat = lstatSync(from);
    removeOther(stat, to);
    if (stat.isDirectory()) {
      makeFolder(to);
      withFolder(from, (inner) => withFolder(to, (made) => copyFolder(inner, made, count)));
    } else if (stat.isFile()) copyOne(from, to, count);
    else if (stat.isSymbolicLink()) copyLink(from, to, stat);
  }
  const { stat } = source;
  setOwner(target.fd, stat);
  fchmodSync(target.fd, stat.mode & 0o3777);
  futimesSync(target.fd, stat.atimeMs / 1000, stat.mtimeMs / 1000);
  fsyncSync(target.fd);
}

/** Removes whatever has the name but is of another kind. */
function removeOther(stat: Stats, to: string): void {
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there !== undefined && (there.mode & constants.S_IFMT) !== (stat.mode & constants.S_IFMT))
    rmSync(to, { recursive: true, force: true });
}

function copyLink(from: string, to: string, { uid, gid }: Stats): void {
  rmSync(to, { force: true });
  symlinkSync(readlinkSync(from), to);
  if (process.geteuid?.() === 0) lchownSync(to, uid, gid);
}

function setOwner(fd: number, { uid, gid }: Stats): void {
  if (process.geteuid?.() === 0) fchownSync(fd, uid, gid);
}

function copyOne(from: string, to: string, count: Progress): void {
  withOpenFile(from, READ_ONE, (source) => {
    const stat = fstatSync(source);
    if (!stat.isFile()) throw new Error("a file was replaced while it was copied");
    if (!isCopy(source, stat, to)) {
      rmSync(to, { force: true });
      withOpenFile(to, NEW_FILE_FLAGS, (target) => fill(source, target, stat, count), 0o600);
      if (!isCopy(source, stat, to)) throw new Error("the copy is not what was written");
    } else count(stat.blocks * 512);
  });
}

function fill(source: number, target: number, stat: Stats, count: Progress): void {
  const piece = Buffer.alloc(PIECE_BYTES);
  const zeros = Buffer.alloc(PIECE_BYTES);
  let at = 0;
  for (let length = -1; length !== 0; at += length) {
    length = readSync(source, piece, 0, piece.length, at);
    // Holes are not written, so they stay holes.
    const is_hole = piece.compare(zeros, 0, length, 0, length) === 0;
    for (let written = 0; !is_hole && written < length; )
      written += writeSync(target, piece, written, length - written, at + written);
    if (!is_hole) count(length);
  }
  ftruncateSync(target, at);
  setOwner(target, stat);
  fchmodSync(target, stat.mode & 0o777);
  fsyncSync(target);
  // Set last, so an interrupted copy can be told by its time.
  futimesSync(target, stat.atimeMs / 1000, stat.mtimeMs / 1000);
}

/** True for a regular file with the same size, time and sampled bytes. */
function isCopy(source: number, stat: Stats, to: string): boolean {
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there === undefined || !there.isFile() || there.size !== stat.size) return false;
  if (Math.abs(there.mtimeMs - stat.mtimeMs) > 1) return false;
  return withOpenFile(to, READ_ONE, (target) =>
    Array.from({ length: SAMPLES }, (_, i) =>
      Math.floor((Math.max(0, stat.size - SAMPLE_BYTES) * i) / (SAMPLES - 1)),
    ).every((at) => sampleAt(source, at).equals(sampleAt(target, at))),
  );
}

function sampleAt(fd: number, at: number): Buffer {
  const bytes = Buffer.alloc(SAMPLE_BYTES);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, at));
}
