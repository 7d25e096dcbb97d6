import { dirname } from "node:path";
import type { ManagerKind } from "../model/node.ts";
import { accountOf, uidOf } from "../os/account.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import { nodePath, textOfNode } from "../os/files/node-path.ts";
import { isThere, isUnknown, presenceOf, statAt, statBehind } from "../os/files/presence.ts";
import { realPath } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import { CONFIG_FILE, isWnmsConfig } from "../software/ant-node-config.ts";
import type { Circumstances } from "./candidates.ts";

/** Looks up the disk for found nodes. `joined`: the database of the colony that they will join, if any. */
export const circumstancesOf = (
  given: ReadonlyMap<string, string>,
  world: Pick<World, "uid" | "home">,
  joined?: string,
): Circumstances => ({
  given,
  hasFolder: presenceOf,
  identityOf,
  colonyOf: (root_dir) => colonyOf(root_dir, joined),
  hasWnmsConfig,
  whyForeign: (root_dir, manager) => whyForeign(root_dir, manager, world),
});

function identityOf(root_dir: string): string | undefined {
  const looked = statBehind(root_dir);
  return typeof looked === "object" && "found" in looked
    ? `${looked.found.dev}:${looked.found.ino}`
    : undefined;
}

const MOST_CONFIG = 4096;

/** True if the file is wnm's config of this node. If the file is unreadable, its path decides. */
function hasWnmsConfig(root_dir: string, config: string): boolean {
  if (config !== `${root_dir}/${CONFIG_FILE}`) return false;
  const text = textOfNode(nodePath(root_dir, CONFIG_FILE), MOST_CONFIG);
  return text === undefined ? isUnknown(presenceOf(config)) : isWnmsConfig(text);
}

/** The colony of a node folder; a colony's database is next to its storage. */
function colonyOf(root_dir: string, joined: string | undefined): string | undefined {
  const database = `${dirname(dirname(root_dir))}/colony.db`;
  if (!isThere(database)) return undefined;
  return joined !== undefined && realPath(joined) === realPath(database) ? undefined : database;
}

/** Why wnm could neither start nor remove a node in this folder with this manager; undefined when it can. */
export function whyForeign(
  root_dir: string,
  manager: ManagerKind,
  { uid, home }: Pick<World, "uid" | "home">,
): string | undefined {
  const looked = statAt(root_dir);
  if (typeof looked !== "object" || !("found" in looked)) return `its folder ${root_dir} cannot be accessed`;
  const { found } = looked;
  if (found.isSymbolicLink()) return `its folder ${root_dir} is a link`;
  if (!found.isDirectory()) return `its folder ${root_dir} is not a folder`;
  if (`${home}/`.startsWith(`${root_dir}/`)) return `its folder ${root_dir} contains a home folder`;
  const owner = manager.endsWith("+sudo") ? uidOf(NODE_ACCOUNT) : uid;
  return found.uid === owner
    ? undefined
    : `its folder ${root_dir} belongs to the account ${accountOf(found.uid)?.user ?? found.uid}`;
}
