import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { CannotTell, WnmError } from "../../base/errors.ts";
import type { RegularFile } from "./open-regular.ts";
import { absentOr, isUnknown } from "./presence.ts";

declare const brand: unique symbol;

/**
 * A path in a folder that a node can write to, so it may be a link, a pipe or somebody else's file. Deliberately not a
 * string: only the functions here and `Files` accept it, and they follow no link on the way.
 */
export type NodePath = {
  readonly [brand]: "NodePath";
  /** The node's folder, whose own name the node cannot change. */
  readonly folder: string;
  /** The path components below it. */
  readonly names: readonly [string, ...string[]];
};

/** A path below a node's folder, such as "chunks.mdb/data.mdb". */
export function nodePath(folder: string, below: string): NodePath {
  const [first = "", ...rest] = below.split("/").filter((name) => name !== "");
  const names: readonly string[] = [first, ...rest];
  if (names.some((name) => name === "" || name === "." || name === ".."))
    throw new WnmError(`${folder}/${below} is not a place below ${folder}`);
  return { folder, names: [first, ...rest] } as unknown as NodePath;
}

/** Converts a path: relative to the node's folder if it is inside, else to its own parent folder. */
export const nodePathAt = (folder: string, path: string): NodePath =>
  path.startsWith(`${folder}/`)
    ? nodePath(folder, path.slice(folder.length + 1))
    : nodePath(dirname(path), basename(path));

/** The path as text, for messages, the node's command line and comparisons. Never open it. */
export const pathText = ({ folder, names }: NodePath): string => [folder, ...names].join("/");

/** macOS lacks /proc/self/fd paths, which protect against swapped links. */
const HAS_DESCRIPTORS = process.platform === "linux";

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

/** An open folder whose path can no longer be redirected by a link. */
export type OpenFolder = {
  readonly fd: number;
  readonly stat: Stats;
  /** The path of a name in it; only the name itself may still be a link. See proc_pid_fd(5). */
  readonly at: (name: string) => string;
};

/** Calls `use` with an open folder, which must not be a link, and closes it. Throws the system's error. */
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

/** Like withFolder for the parent of a node's folder, which may be a link made by the operator. */
export function withParent<T>(path: string, use: (parent: OpenFolder) => T): T {
  return withOpened(dirname(path), FOLDER_FLAGS & ~constants.O_NOFOLLOW, use);
}

/** Opens the parent folder of the path, component by component, and calls `use` with it and the last name. */
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
 * Opens a node's regular file, passes it to `read`, and closes it. Throws the system's error, or WnmError for a link, a
 * pipe, or another account's file with a second hard link, unless it is world-readable and `use` only reads.
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
      if (!stat.isFile()) throw new WnmError(`${pathText(place)} is not a regular file, so it is not opened`);
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

/** True for a file that the node cannot have created: another account's, hard-linked into the folder. See link(2). */
const isPlanted = (file: Stats, folder: Stats): boolean => file.uid !== folder.uid && file.nlink > 1;

/** True for a world-readable file, which is no secret to a node that linked it. */
export const isPublic = (file: Stats): boolean => (file.mode & 0o004) !== 0;

/** `withNodeFile` for an optional file: undefined when it cannot be opened or read. */
export function readNodeFile<T>(place: NodePath, read: (file: RegularFile) => T): T | undefined {
  try {
    return withNodeFile(place, read);
  } catch {
    return undefined;
  }
}

/** A node's file of at most `most` bytes as text; undefined when it cannot be read or is longer. */
export const textOfNode = (place: NodePath, most: number): string | undefined =>
  readNodeFile(place, (file) => (file.size > most ? undefined : bytesIn(file, most).toString("utf8")));

/** The last `most` bytes of a node's file as text; undefined when it cannot be read. */
export const endOfNode = (place: NodePath, most: number): string | undefined =>
  readNodeFile(place, (file) => bytesIn(file, most, Math.max(0, file.size - most)).toString("utf8"));

/** At most `most` bytes of an open file, starting at `from`, excluding what was appended since it was opened. */
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

/** The size of a folder with twenty thousand short names on ext4, more than any log folder has. */
const MOST_FOLDER_BYTES = 1024 * 1024;

/** Sorted names in a node's folder; none when it does not exist. Throws CannotTell, also for far too many names. */
export function namesOfNode(folder: string): readonly string[] {
  try {
    return withNamesOf(folder, (names) => names);
  } catch (error) {
    const absent = absentOr(error);
    if (isUnknown(absent)) throw new CannotTell(folder, absent.unknown);
    return [];
  }
}

/** Calls `use` with the sorted names in a node's folder. Throws the system's error, or WnmError for far too many names. */
export const withNamesOf = <T>(folder: string, use: (names: readonly string[], folder: OpenFolder) => T): T =>
  withFolder(folder, (opened) => {
    if (opened.stat.size > MOST_FOLDER_BYTES) throw new WnmError("it holds too many names");
    return use(readdirSync(opened.at(".")).toSorted(), opened);
  });
