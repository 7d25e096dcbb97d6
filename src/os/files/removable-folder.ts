import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Refused } from "../../base/errors.ts";
import { echoed } from "../../base/text.ts";
import { mountPoints } from "./mount-points.ts";
import { isFolder, isThere, kindAt, namesIn } from "./presence.ts";

/** The names that wnm gives to nodes' folders. */
export const NODE_FOLDER = /^antnode\d{4,}$/;

/** True when the entry of a node's folder was created by the node, its manager or wnm. */
export type IsOwn = (name: string, is_folder: boolean) => boolean;

/** The names in a folder that no node creates. Throws CannotTell when it cannot be listed. */
export const strangersIn = (folder: string, isOwn: IsOwn): readonly string[] =>
  namesIn(folder).filter((name) => !isOwn(name, kindAt(`${folder}/${name}`) === "folder"));

/** Throws Refused for a folder without a node's name that contains something no node creates. */
export function refuseStrangers(path: string, isOwn: IsOwn): void {
  const [stranger] = NODE_FOLDER.test(basename(path)) ? [] : strangersIn(path, isOwn);
  if (stranger !== undefined)
    throw new Refused(
      `${path} is not removed: its name is not one that wnm gives, and it holds ${echoed(stranger)}, which no node creates. Move that away, or stop the node and delete the folder yourself; then try again`,
    );
}

/**
 * The last check before a deletion. False: the folder does not exist. Throws Refused unless it is a node's folder by its
 * name or, for an imported node with another name, by its contents.
 */
export function mayRemove(path: string, parent: string, isOwn?: IsOwn): boolean {
  const refuse = (why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!isThere(path)) return false;
  if (isOwn === undefined && !NODE_FOLDER.test(basename(path)))
    throw refuse("its name is not that of a node");
  if (dirname(path) !== parent || parent === "/") throw refuse(`it is not directly inside ${parent}`);
  if (!isFolder(path)) throw refuse("it is not a folder of its own (a link or a file)");
  if (realpathSync(path) !== `${realpathSync(parent)}/${basename(path)}`) throw refuse("it leads elsewhere");
  if (isOwn !== undefined) refuseStrangers(path, isOwn);
  const mount = mountIn(path);
  if (mount !== undefined) throw refuse(`${mount} is a mounted disk; unmount it first`);
  return true;
}

/** A mount point at or below a folder; undefined without one. Throws Refused when that is unknown. */
function mountIn(path: string): string | undefined {
  const points = mountPoints();
  const realPath = realpathSync(path);
  if (points !== undefined) return [...points].find((point) => `${point}/`.startsWith(`${realPath}/`));
  if (process.platform === "linux")
    throw new Refused(`${path} is not removed: /proc does not show whether a disk is mounted there`);
  return lstatSync(path).dev === lstatSync(dirname(path)).dev ? undefined : path;
}
