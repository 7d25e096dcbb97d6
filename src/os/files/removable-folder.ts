import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Refused } from "../../base/errors.ts";
import { mountPoints } from "./mount-points.ts";
import { isFolder, isThere } from "./presence.ts";

/** The names of nodes' folders. */
export const NODE_FOLDER = /^antnode\d{4,}$/;

/** The last check before a deletion. False: nothing is there. Throws Refused unless it is a node's own folder. */
export function mayRemove(path: string, parent: string): boolean {
  const refuse = (why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!isThere(path)) return false;
  if (!NODE_FOLDER.test(basename(path))) throw refuse("its name is not that of a node");
  if (dirname(path) !== parent || parent === "/") throw refuse(`it is not directly inside ${parent}`);
  if (!isFolder(path)) throw refuse("it is not a folder of its own (a link or a file)");
  if (realpathSync(path) !== `${realpathSync(parent)}/${basename(path)}`) throw refuse("it leads elsewhere");
  const mount = mountIn(path);
  if (mount !== undefined) throw refuse(`${mount} is a mounted disk; unmount it first`);
  return true;
}

/** What is mounted on a folder or below it; undefined for nothing. Throws Refused when that is unknown. */
function mountIn(path: string): string | undefined {
  const points = mountPoints();
  const realPath = realpathSync(path);
  if (points !== undefined) return [...points].find((point) => `${point}/`.startsWith(`${realPath}/`));
  if (process.platform === "linux")
    throw new Refused(`${path} is not removed: /proc does not show whether a disk is mounted there`);
  return lstatSync(path).dev === lstatSync(dirname(path)).dev ? undefined : path;
}
