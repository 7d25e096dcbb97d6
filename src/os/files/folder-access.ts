import { fchmodSync, fchownSync, fstatSync, type Stats } from "node:fs";
import { basename } from "node:path";
import type { OpenFolder } from "./node-path.ts";
import { NODE_FOLDER } from "./removable-folder.ts";

/** A folder's use: private to one node, shared by all nodes, or wnm's own, which nodes may traverse. */
export type FolderUse = "one node's" | "one node's logs" | "all nodes'" | "wnm's";

/** The account that owns the nodes' files. */
export type FileOwner = {
  readonly uid: number;
  readonly gid: number;
  /** The gid of an operator other than root, whose runs read the nodes' folders; undefined: there is none. */
  readonly readers: number | undefined;
};

/**
 * The mode of a folder. A node's folder is private or, with setgid, readable by the operator's group; otherwise an operator
 * whose wnm uses sudo for changes could read neither logs nor databases. Others may traverse but not list it, because
 * after PrivateUsers= systemd looks for the program as a namespace root that is not in the operator's group.
 */
export function folderMode(use: FolderUse, owner: Pick<FileOwner, "readers"> | undefined): number {
  if (!isOneNodes(use)) return 0o755;
  if (owner?.readers === undefined) return 0o700;
  return use === "one node's" ? 0o2751 : 0o2750;
}

/** True for a folder that is private to one node. */
export const isOneNodes = (use: FolderUse): boolean => use === "one node's" || use === "one node's logs";

/**
 * True when wnm may change the folder's owner and mode: a node's folder owned by the nodes' account, or one that a killed
 * run left unfinished. Other folders that a node uses, such as /var/log, must not change.
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

/** Sets the owner and mode for the folder's use, unless it belongs to somebody else. */
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
