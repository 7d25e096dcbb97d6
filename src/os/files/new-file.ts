import {
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  renameSync,
  rmSync,
  type Stats,
} from "node:fs";
import { basename, dirname } from "node:path";
import { messageOf } from "../../base/text.ts";
import { copyFile } from "./copy-file.ts";
import type { FileOwner } from "./folder-access.ts";
import { type NodePath, withFolderOf } from "./node-path.ts";
import { withOpenFile } from "./open-file.ts";
import { READ_FLAGS } from "./open-regular.ts";
import { discard, NEW_FILE_FLAGS, writeEveryByte } from "./write-whole.ts";

/** The temporary name of a file being created; a killed run leaves it behind. */
export const besideOf = (name: string): string => `${name}.new`;

/** Where sudo creates a file before renaming it into the node's folder; nodes cannot write there. */
export const stagedAt = (folder: string): string => `${dirname(folder)}/.${basename(folder)}.new`;

/** The system's error message without /proc/self/fd paths, which mean nothing to users. */
export const problemOf = (error: unknown): string => messageOf(error).replace(/\/proc\/self\/fd\/\d+\//g, "");

/** Creates a file next to the target and renames it. Anything with either name is replaced, never opened. */
export function putAtPlace(place: NodePath, make: (beside: string) => void): void {
  withFolderOf(place, ({ at }, name) => {
    const beside = at(besideOf(name));
    rmSync(beside, { force: true });
    try {
      make(beside);
      renameSync(beside, at(name));
      // rename(2) does nothing if both names are the same file, so the second one is removed here.
      discard(beside);
    } catch (error) {
      discard(beside);
      throw error;
    }
  });
}

/** Creates a new file with this content and syncs it. Throws the system's error. */
export function makeFile(
  content: Uint8Array,
  path: string,
  mode: number,
  owner: FileOwner | undefined,
): void {
  const fill = (fd: number) => {
    writeEveryByte(fd, content);
    handOver(fd, mode, owner);
  };
  withOpenFile(path, NEW_FILE_FLAGS, fill, 0o600);
}

/** Copies a file, sharing blocks if the file system can, and syncs it. Throws the system's error. */
export function makeCopy(source: string, path: string, mode: number, owner: FileOwner | undefined): void {
  copyFile(source, path);
  withOpenFile(path, READ_FLAGS | constants.O_NOFOLLOW, (fd) => {
    if (!isOwnNew(fstatSync(fd))) throw new Error("another file was put in place of the copy");
    handOver(fd, mode, owner);
  });
}

/** True for a file just created by this process: a node's file has another owner, a hard link two names. */
const isOwnNew = (stat: Stats): boolean =>
  stat.isFile() && stat.nlink === 1 && stat.uid === process.geteuid?.();

function handOver(fd: number, mode: number, owner: FileOwner | undefined): void {
  if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
  fchmodSync(fd, mode);
  fsyncSync(fd);
}
