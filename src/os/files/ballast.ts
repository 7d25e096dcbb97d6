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
/** The maximum that getRandomValues fills in one call. */
const CHUNK_BYTES = 65_536;
/** With less free space than this, a write may fail at any time. */
const SHORT_BYTES = 1024 * 1024;
const SHORT_INODES = 8;
/** Bytes left to other programs, and the share of the rest that wnm reserves for each purpose. */
const LEFT_BYTES = 2 * SHORT_BYTES;
const SHARE = 4;
const EMPTY_HEAD_BYTES = 4_096;

/** The free space and inodes of a disk for this account. */
export type Room = { readonly bytes: number; readonly inodes: number };

/** undefined when the system does not say. */
export function roomIn(folder: string): Room | undefined {
  try {
    const { bavail, frsize, files, ffree } = statfsSync(folder);
    // A file system that allocates inodes on demand reports 0.
    return { bytes: bavail * frsize, inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree };
  } catch {
    return undefined;
  }
}

/** True when the next write or the next new file may fail for lack of space. */
export function isShort(folder: string): boolean {
  const room = roomIn(folder);
  return room !== undefined && isLittle(room);
}

/** The same for already measured values. */
export const isLittle = ({ bytes, inodes }: Room): boolean => bytes < SHORT_BYTES || inodes < SHORT_INODES;

/** A finding when the disk of the database is full. */
export function shortDisk(folder: string): readonly Finding[] {
  const room = roomIn(folder);
  if (room === undefined || !isLittle(room)) return [];
  const left =
    room.inodes < SHORT_INODES ? counted(room.inodes, "file") : `${Math.floor(room.bytes / 1024)} KiB`;
  return [
    {
      key: "colony-disk-full",
      severity: "warning",
      sentence: `The disk of ${folder} is full (${left} free): wnm works in the space that it has reserved, but starts and upgrades may fail. Delete files that are not the nodes', or have wnm remove a node: --force_action remove --count 1`,
      cure: largestOn(folder),
    },
  ];
}

/** Frees the ballast on a full disk. Returns false if it was already gone. */
export function dropBallast(folder: string): boolean {
  const path = `${folder}/${NAME}`;
  if (presenceOf(path) !== "present") return false;
  discard(path);
  return true;
}

/** Creates the ballast, smaller on a small disk. Never fails. */
export const takeBallast = (folder: string, room: Room): void =>
  grow(`${folder}/${NAME}`, BALLAST_BYTES, room, constants.O_CREAT);

/** Renames the ballast to `path`, for a disk that may have no space for a new file. */
export function ballastAs(path: string, folder: string): void {
  const ballast = `${folder}/${NAME}`;
  try {
    if (isOwnFile(lstatSync(ballast))) renameSync(ballast, path);
  } catch {
    // There is no ballast; the program that needs the file creates it.
  }
}

/** True for a regular file with a single name. */
const isOwnFile = (stat: Stats): boolean => stat.isFile() && stat.nlink === 1;

/**
 * Extends a file to at least `bytes`, with allocated disk blocks, as far as its share of the free space allows. Existing
 * content stays; a new file starts with zeros, like an empty database log. Never fails.
 */
export function grow(path: string, bytes: number, room: Room, flags = 0): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags, 0o600);
    const stat = fstatSync(fd);
    const end = Math.min(bytes, stat.size + Math.floor((room.bytes - LEFT_BYTES) / SHARE));
    if (stat.size >= end || !isOwnFile(stat)) return;
    for (let at = stat.size; at < end; ) {
      // Random, because a file system may compress zeros away.
      const chunk = crypto.getRandomValues(new Uint8Array(Math.min(CHUNK_BYTES, end - at)));
      if (at === 0) chunk.fill(0, 0, EMPTY_HEAD_BYTES);
      at += writeSync(fd, chunk, 0, chunk.length, at);
    }
    fsyncSync(fd);
  } catch {
    // The disk had less space; what was allocated stays reserved.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
