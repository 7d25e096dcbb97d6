import { fchmodSync, linkSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { DeletionRefused, errorCode, WnmError } from "../../base/errors.ts";
import { type FileOwner, type FolderUse, setAccess } from "./folder-access.ts";
import { contentsOf, isRefusal, isWhole } from "./folder-contents.ts";
import { besideOf, makeCopy, makeFile, problemOf, putAtPlace, stagedAt } from "./new-file.ts";
import {
  bytesIn,
  type NodePath,
  type OpenFolder,
  pathText,
  textOfNode,
  withFolder,
  withFolderOf,
  withNodeFile,
  withParent,
} from "./node-path.ts";
import { MOST_BYTES } from "./open-regular.ts";
import { isThere } from "./presence.ts";
import { linkProgram, PROGRAM_MODE } from "./program-link.ts";
import { type IsOwn, mayRemove } from "./removable-folder.ts";
import { discard } from "./write-whole.ts";

/**
 * Idempotent, verified changes to the nodes' files. Links planted by a node in its folder are never followed, so nothing
 * outside is opened, changed or deleted.
 */
export interface Files {
  /** Creates a folder in an existing one. An existing folder is not changed, except that a node's own is made private. */
  makeFolder(where: string | NodePath, use: FolderUse): Promise<void>;
  /**
   * Installs an executable copy atomically (temporary copy, sync, rename). Where that does not weaken isolation between
   * nodes, it makes a hard link to an equal program among `twins` instead.
   */
  installProgram(from: string, to: NodePath, twins?: readonly NodePath[]): Promise<void>;
  /** Writes a small file for the nodes' account, mode 0644, atomically; an equal one is left alone. */
  writeText(place: NodePath, text: string): Promise<void>;
  /** The content of a file readable only by the nodes' account; undefined when it does not exist. */
  readPrivate(place: NodePath): Promise<Uint8Array | undefined>;
  /** Creates a file readable only by the nodes' account. False if one exists already, which is never overwritten. */
  placePrivate(place: NodePath, content: Uint8Array): Promise<boolean>;
  /**
   * Sets mode 0600 on a key, and removes the second hard link that a killed `placePrivate` left. A different file under
   * that name may be the only copy of a key and stays.
   */
  closePrivate(place: NodePath): Promise<void>;
  /**
   * Deletes the folder `path`. It must be a real folder directly inside `parent`, and either have a node's name or contain
   * only files made by nodes (`isOwn`). Throws DeletionRefused when the system did not permit it and nothing is missing.
   */
  removeFolder(path: string, parent: string, isOwn?: IsOwn): Promise<void>;
}

/**
 * Implements `Files` with system calls of this process, which must be root if `ownerOf` returns another account.
 * `programs`: "shared" keeps this account as the programs' owner, and hard-links equal ones.
 */
export const ownFiles = (
  ownerOf: () => FileOwner | undefined,
  programs: "shared" | "single" = "single",
): Files => ({
  makeFolder: async (where, use) => makeFolder(where, use, ownerOf),
  async installProgram(from, to, twins = []) {
    const is_shared = programs === "shared";
    explained(`${from} cannot be copied to ${pathText(to)}`, () =>
      putAtPlace(to, (beside) => {
        if (is_shared && linkProgram(from, beside, twins)) return;
        makeCopy(from, beside, PROGRAM_MODE, is_shared ? undefined : ownerOf());
      }),
    );
  },
  async writeText(place, text) {
    if (hasText(place, text)) return;
    const bytes = new TextEncoder().encode(text);
    explained(`The file ${pathText(place)} cannot be written`, () =>
      putAtPlace(place, (beside) => makeFile(bytes, beside, 0o644, ownerOf())),
    );
  },
  readPrivate: async (place) => readPrivate(place),
  placePrivate: async (place, content) => placePrivate(place, content, ownerOf),
  closePrivate: async (place) => closePrivate(place),
  removeFolder: async (path, parent, isOwn) => removeFolder(path, parent, isOwn),
});

/** Files owned by this account. */
export const plainFiles: Files = ownFiles(() => undefined);

/** Files owned by this account, for nodes without isolation from each other, which a shared program cannot weaken. */
export const sharedProgramFiles: Files = ownFiles(() => undefined, "shared");

const MOST_NODE_BYTES = MOST_BYTES["node file"];

/** True when the file already has this text. */
export const hasText = (place: NodePath, text: string): boolean =>
  textOfNode(place, MOST_NODE_BYTES) === text;

/** A place as text, for messages and for commands. */
export const textOfPlace = (where: string | NodePath): string =>
  typeof where === "string" ? where : pathText(where);

function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new WnmError(`${what}: ${problemOf(error)}`);
  }
}

function makeFolder(where: string | NodePath, use: FolderUse, ownerOf: () => FileOwner | undefined): void {
  const path = textOfPlace(where);
  const name = basename(path);
  const make = ({ at }: OpenFolder) => {
    const isNew = madeFolder(at(name));
    withFolder(at(name), (folder) => setAccess(path, folder, isNew, use, ownerOf()));
  };
  try {
    if (typeof where === "string") withParent(where, make);
    else withFolderOf(where, make);
  } catch (error) {
    const why = isLinkInWay(error) && isThere(path) ? "a link or a file has its name" : problemOf(error);
    throw new WnmError(`The folder ${path} cannot be created: ${why}`);
  }
}

/** False: the path exists already. */
function madeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** True for an error of opening a place without following links, where a link or a file is in the way. */
const isLinkInWay = (error: unknown): boolean =>
  errorCode(error) === "ELOOP" || errorCode(error) === "ENOTDIR";

const notFollowed = (error: unknown): string =>
  isLinkInWay(error) ? "a link has its name, or that of a folder on the way to it" : problemOf(error);

function readPrivate(place: NodePath): Uint8Array | undefined {
  try {
    return withNodeFile(place, (file) => {
      if (file.size > MOST_NODE_BYTES) throw new Error("it is larger than any key");
      return bytesIn(file, MOST_NODE_BYTES);
    });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new WnmError(`The file ${pathText(place)} cannot be read: ${notFollowed(error)}`);
  }
}

function placePrivate(place: NodePath, content: Uint8Array, ownerOf: () => FileOwner | undefined): boolean {
  return explained(`The file ${pathText(place)} cannot be written`, () =>
    withFolderOf(place, ({ at }, name) => {
      const beside = at(besideOf(name));
      rmSync(beside, { force: true });
      try {
        makeFile(content, beside, 0o600, ownerOf());
        // link(2) fails for a name that is taken, where a rename would replace the old file.
        linkSync(beside, at(name));
        return true;
      } catch (error) {
        if (errorCode(error) === "EEXIST") return false;
        throw error;
      } finally {
        discard(beside);
      }
    }),
  );
}

function closePrivate(place: NodePath): void {
  try {
    withFolderOf(place, ({ at }, name) => removeSecondName(at(name), at(besideOf(name))));
    withNodeFile(place, ({ fd, stat }) => {
      if ((stat.mode & 0o7777) !== 0o600) fchmodSync(fd, 0o600);
    });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw new WnmError(`The file ${pathText(place)} cannot be closed to others: ${notFollowed(error)}`);
  }
}

/** Removes the second path if it is a hard link to the first. Throws the system's error. */
function removeSecondName(path: string, second: string): void {
  const [one, other] = [path, second].map((name) => lstatSync(name, { throwIfNoEntry: false }));
  if (one !== undefined && other?.ino === one.ino && other.dev === one.dev) rmSync(second, { force: true });
}

function removeFolder(path: string, parent: string, isOwn: IsOwn | undefined): void {
  if (!mayRemove(path, parent, isOwn)) return;
  const before = contentsOf(path);
  try {
    withParent(path, ({ at }) => rmSync(at(basename(path)), { recursive: true, force: true }));
  } catch (error) {
    const message = `The folder ${path} cannot be removed: ${problemOf(error)}`;
    throw isRefusal(errorCode(error)) && isWhole(path, before)
      ? new DeletionRefused(message)
      : new WnmError(message);
  }
  if (isThere(path)) throw new WnmError(`The folder ${path} is still there after it was removed`);
  discard(stagedAt(path));
}
