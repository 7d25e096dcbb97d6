import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  statfsSync,
  writeSync,
} from "node:fs";
import { counted } from "../../base/text.ts";
import { largestOn } from "../../model/disk.ts";
import type { Finding } from "../../model/finding.ts";
import { presenceOf } from "./presence.ts";
import { discard } from "./write-whole.ts";

const NAME = ".wnm-ballast";
const BALLAST_BYTES = 2 * 1024 * 1024;
/** The most that getRandomValues fills at once. */
const CHUNK_BYTES = 65_536;
/** With less than this free, no new block can be relied on. */
const SHORT_BYTES = 1024 * 1024;
const SHORT_INODES = 8;
/** What wnm leaves to other programs, and the share of the rest that it sets aside for each purpose. */
const LEFT_BYTES = 2 * SHORT_BYTES;
const SHARE = 4;
const EMPTY_HEAD_BYTES = 4_096;

/** What a disk has left for this account. */
export type Room = { readonly bytes: number; readonly inodes: number };

/** undefined when the system does not say. */
export function roomIn(folder: string): Room | undefined {
  try {
    const { bavail, frsize, files, ffree } = statfsSync(folder);
    // A file system that makes inodes on demand reports none.
    return { bytes: bavail * frsize, inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree };
  } catch {
    return undefined;
  }
}

/** True when the disk may refuse the next block or the next file. */
export function isShort(folder: string): boolean {
  const room = roomIn(folder);
  return room !== undefined && isLittle(room);
}

/** The same for room that has been measured. */
export const isLittle = ({ bytes, inodes }: Room): boolean => bytes < SHORT_BYTES || inodes < SHORT_INODES;

/** The finding on the disk of the database; none while it has room. */
export function shortDisk(folder: string): readonly Finding[] {
  const room = roomIn(folder);
  if (room === undefined || !isLittle(room)) return [];
  const left =
    room.inodes < SHORT_INODES ? counted(room.inodes, "file") : `${Math.floor(room.bytes / 1024)} KiB`;
  return [
    {
      key: "colony-disk-full",
      severity: "warning",
      sentence: `The disk of ${folder} is full (${left} free): wnm works in the room that it has set aside, but starts and upgrades may fail. Delete what is not nodes', or have wnm remove a node: --force_action remove --count 1`,
      cure: largestOn(folder),
    },
  ];
}

/** Gives the ballast back to a full disk. True when there was ballast. */
export function dropBallast(folder: string): boolean {
  const path = `${folder}/${NAME}`;
  if (presenceOf(path) !== "present") return false;
  discard(path);
  return true;
}

/** Sets ballast aside, less on a small disk. Never fails. */
export const takeBallast = (folder: string, room: Room): void =>
  grow(`${folder}/${NAME}`, BALLAST_BYTES, room, constants.O_CREAT);

/** Renames the ballast to `path`, on a disk that may have no block for a new file. */
export function ballastAs(path: string, folder: string): void {
  const ballast = `${folder}/${NAME}`;
  try {
    if (isOwnFile(lstatSync(ballast))) renameSync(ballast, path);
  } catch {
    // There is none; the program that needs the file makes it.
  }
}

/** A regular file with one name. */
const isOwnFile = (stat: Stats): boolean => stat.isFile() && stat.nlink === 1;

/**
 * Grows a file to at least `bytes`, with a disk block behind each byte, as far as a share of the room allows. Its content
 * stays; a new file begins with zeros, as an empty log of a database does. Never fails.
 */
export function grow(path: string, bytes: number, room: Room, flags = 0): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags, 0o600);
    const stat = fstatSync(fd);
    const end = Math.min(bytes, stat.size + Math.floor((room.bytes - LEFT_BYTES) / SHARE));
    if (stat.size >= end || !isOwnFile(stat)) return;
    for (let at = stat.size; at < end; ) {
      // Random, because a file system may store zeros in no space at all.
      const chunk = crypto.getRandomValues(new Uint8Array(Math.min(CHUNK_BYTES, end - at)));
      if (at === 0) chunk.fill(0, 0, EMPTY_HEAD_BYTES);
      at += writeSync(fd, chunk, 0, chunk.length, at);
    }
    fsyncSync(fd);
  } catch {
    // The disk had less room; what it gave is set aside.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
