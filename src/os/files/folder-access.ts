import { fchmodSync, fchownSync, fstatSync, type Stats } from "node:fs";
import { basename } from "node:path";
import type { OpenFolder } from "./node-path.ts";
import { NODE_FOLDER } from "./removable-folder.ts";

/** Whose a folder is: of one node, closed to all others; of all nodes; or wnm's own, for nodes to pass through. */
export type FolderUse = "one node's" | "one node's logs" | "all nodes'" | "wnm's";

/** The account that the nodes' files belong to. */
export type FileOwner = {
  readonly uid: number;
  readonly gid: number;
  /** Group of an operator other than root who looks into the nodes' folders; undefined: there is none. */
  readonly readers: number | undefined;
};

/**
 * The mode of a folder. A node's is closed to all others; or open to the operator's group, which files made in it then
 * belong to as well: without that, an operator whose wnm uses sudo for each change could read neither logs nor
 * databases. A program in such a folder has to be reached by the root of a user namespace that does not know the
 * operator's group: systemd looks for it after PrivateUsers=. So others may pass through it, and list nothing.
 */
export function folderMode(use: FolderUse, owner: Pick<FileOwner, "readers"> | undefined): number {
  if (!isOneNodes(use)) return 0o755;
  if (owner?.readers === undefined) return 0o700;
  return use === "one node's" ? 0o2751 : 0o2750;
}

/** True for a folder that is closed to others. */
export const isOneNodes = (use: FolderUse): boolean => use === "one node's" || use === "one node's logs";

/**
 * True for a folder whose account and mode wnm may change: a node's that belongs to the nodes' account, or one that a
 * killed run left to its maker. Any other folder that a node uses, such as /var/log, stays as it is.
 */
export function mayChangeAccess(
  path: string,
  { uid, mode }: Pick<Stats, "uid" | "mode">,
  use: FolderUse,
  owner: { readonly uid: number | undefined },
): boolean {
  if (isOneNodes(use) && uid === owner.uid) return true;
  const isHalfMade = uid === 0 && owner.uid !== 0 && (mode & 0o777) === 0o700;
  return isHalfMade && (use === "all nodes'" || NODE_FOLDER.test(basename(path)));
}

/** Gives the folder the account and the mode of its use, unless it is somebody else's. */
export function setAccess(
  path: string,
  { fd, stat }: OpenFolder,
  isNew: boolean,
  use: FolderUse,
  owner: FileOwner | undefined,
): void {
  if (use === "wnm's") {
    if (isNew) fchmodSync(fd, 0o755);
    return;
  }
  const mode = folderMode(use, owner);
  if (!isNew && !mayChangeAccess(path, stat, use, owner ?? { uid: process.geteuid?.() })) return;
  if (owner !== undefined) {
    const gid = isOneNodes(use) ? (owner.readers ?? owner.gid) : owner.gid;
    if (stat.uid !== owner.uid || stat.gid !== gid) fchownSync(fd, owner.uid, gid);
  }
  if ((fstatSync(fd).mode & 0o7777) !== mode) fchmodSync(fd, mode);
}
