import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { CannotTell, WnmError } from "../../base/errors.ts";
import type { RegularFile } from "./open-regular.ts";
import { absentOr, isUnknown } from "./presence.ts";

declare const brand: unique symbol;

/**
 * A place in a folder that a node can write to, so it may be a link, a pipe or somebody else's file. It is not a string:
 * only the functions here and `Files` take it, and they follow no link on the way to it.
 */
export type NodePath = {
  readonly [brand]: "NodePath";
  /** The node's folder, whose own name the node cannot change. */
  readonly folder: string;
  /** The names below it; the last is that of the place. */
  readonly names: readonly [string, ...string[]];
};

/** A place below a node's folder, "chunks.mdb/data.mdb". */
export function nodePath(folder: string, below: string): NodePath {
  const [first = "", ...rest] = below.split("/").filter((name) => name !== "");
  const names: readonly string[] = [first, ...rest];
  if (names.some((name) => name === "" || name === "." || name === ".."))
    throw new WnmError(`${folder}/${below} is not a place below ${folder}`);
  return { folder, names: [first, ...rest] } as unknown as NodePath;
}

/** The place with this path: below the node's folder if it lies there, else below its own folder. */
export const nodePathAt = (folder: string, path: string): NodePath =>
  path.startsWith(`${folder}/`)
    ? nodePath(folder, path.slice(folder.length + 1))
    : nodePath(dirname(path), basename(path));

/** The place as text: for messages, for the node's command line, and to compare. Nothing is opened by it. */
export const pathText = ({ folder, names }: NodePath): string => [folder, ...names].join("/");

/** macOS has no paths by descriptor, which lead around links. */
const HAS_DESCRIPTORS = process.platform === "linux";

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

/** An open folder in which nothing can be swapped for a link to elsewhere. */
export type OpenFolder = {
  readonly fd: number;
  readonly stat: Stats;
  /** The path of a name in it: only the name itself may still be a link. proc_pid_fd(5). */
  readonly at: (name: string) => string;
};

/** Opens a folder, which must not be a link, hands it to `use`, and closes it. Throws the system's error. */
export const withFolder = <T>(path: string, use: (folder: OpenFolder) => T): T =>
  withOpened(path, FOLDER_FLAGS, use);

function withOpened<T>(path: string, flags: number, use: (folder: OpenFolder) => T): T {
  const fd = openSync(path, flags);
  try {
    const at = (name: string) => (HAS_DESCRIPTORS ? `/proc/self/fd/${fd}/${name}` : `${path}/${name}`);
    return use({ fd, stat: fstatSync(fd), at });
  } finally {
    closeSync(fd);
  }
}

/** Like withFolder, for the folder that holds a node's folder; the operator may have made it a link. */
export function withParent<T>(path: string, use: (parent: OpenFolder) => T): T {
  return withOpened(dirname(path), FOLDER_FLAGS & ~constants.O_NOFOLLOW, use);
}

/** Opens the folder that the place is in, step by step, and hands it to `use` with the name of the place. */
export function withFolderOf<T>(place: NodePath, use: (folder: OpenFolder, name: string) => T): T {
  const step = (path: string, names: readonly string[]): T => {
    const [name = "", ...rest] = names;
    return withFolder(path, (folder) =>
      rest.length === 0 ? use(folder, name) : step(folder.at(name), rest),
    );
  };
  return step(place.folder, place.names);
}

/**
 * Opens a regular file of a node, hands it to `read`, and closes it. Throws the system's error, or WnmError when the
 * file is a link, a pipe, or another account's file that has a second name elsewhere; unless everybody may read it and
 * `use` only reads.
 */
export function withNodeFile<T>(
  place: NodePath,
  read: (file: RegularFile & { readonly stat: Stats }) => T,
  use: "private" | "public" = "private",
): T {
  return withFolderOf(place, (folder, name) => {
    const fd = openSync(folder.at(name), FILE_FLAGS);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw new WnmError(`${pathText(place)} is not a plain file, so it is not opened`);
      if (isPlanted(stat, folder.stat) && !(use === "public" && isPublic(stat)))
        throw new WnmError(
          `${pathText(place)} is another account's file with a second name, so it is not opened`,
        );
      return read({ fd, size: stat.size, changed_at: stat.mtimeMs / 1000, stat });
    } finally {
      closeSync(fd);
    }
  });
}

/** A file that a node has put there is its own, or a hard link to a file that has another name as well (link(2)). */
const isPlanted = (file: Stats, folder: Stats): boolean => file.uid !== folder.uid && file.nlink > 1;

/** A node can only plant what it can reach, so what everybody may read is no secret to it. */
export const isPublic = (file: Stats): boolean => (file.mode & 0o004) !== 0;

/** `withNodeFile` for an optional file: undefined when it cannot be opened or read. */
export function readNodeFile<T>(place: NodePath, read: (file: RegularFile) => T): T | undefined {
  try {
    return withNodeFile(place, read);
  } catch {
    return undefined;
  }
}

/** The first `most` bytes of a node's file as text; undefined when it cannot be read or is longer. */
export const textOfNode = (place: NodePath, most: number): string | undefined =>
  readNodeFile(place, (file) => (file.size > most ? undefined : bytesIn(file, most).toString("utf8")));

/** The last `most` bytes of a node's file as text; undefined when it cannot be read. */
export const endOfNode = (place: NodePath, most: number): string | undefined =>
  readNodeFile(place, (file) => bytesIn(file, most, Math.max(0, file.size - most)).toString("utf8"));

/** At most `most` bytes of an open file from `from` on; nothing appended since it was opened. */
export function bytesIn({ fd, size }: RegularFile, most: number, from = 0): Buffer {
  const bytes = Buffer.alloc(Math.max(0, Math.min(most, size - from)));
  let length = 0;
  while (length < bytes.length) {
    const taken = readSync(fd, bytes, length, bytes.length - length, from + length);
    if (taken === 0) break;
    length += taken;
  }
  return bytes.subarray(0, length);
}

/** The size of a folder with twenty thousand short names on ext4; no log folder has as many. */
const MOST_FOLDER_BYTES = 1024 * 1024;

/** Names in a node's folder, in order; none when it does not exist. Throws CannotTell, also for far too many names. */
export function namesOfNode(folder: string): readonly string[] {
  try {
    return withNamesOf(folder, (names) => names);
  } catch (error) {
    const absent = absentOr(error);
    if (isUnknown(absent)) throw new CannotTell(folder, absent.unknown);
    return [];
  }
}

/** Opens a node's folder and hands it to `use` with its names, in order. Throws the system's error, or WnmError for far too many names. */
export const withNamesOf = <T>(folder: string, use: (names: readonly string[], folder: OpenFolder) => T): T =>
  withFolder(folder, (opened) => {
    if (opened.stat.size > MOST_FOLDER_BYTES) throw new WnmError("it holds too many names");
    return use(readdirSync(opened.at(".")).toSorted(), opened);
  });
