import { resolve as resolvePath } from "node:path";
import type { Paths } from "../model/host.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import { storageId } from "../os/files/storage-marker.ts";
import { chooseMode, expandHome, type Mode, pathsFor } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import type { Given } from "../settings/layers.ts";
import { glance } from "../store/read-database.ts";

/** The mode and the folders of the colony that the options mean. */
export function locateColony(given: Given, world: World): { mode: Mode; paths: Paths } {
  const candidates = {
    user: pathsFor("user", world.platform, world.home),
    sudo: pathsFor("sudo", world.platform, world.home),
  };
  // A base folder that lost its database is still where the colony lives.
  const lived = (paths: Paths): boolean =>
    mayBeThere(paths.database) || storageId(paths.node_storage) !== undefined;
  // An account does not run a colony that it may not look at.
  const sudo = lived(candidates.sudo) && !isClosed(candidates.sudo.database);
  const there = { user: lived(candidates.user), sudo };
  // With only one colony, --process_manager does not choose it: the manager is fixed, and resolve reports that.
  const found = !given.has("init") && there.user !== there.sudo;
  const asked = found ? undefined : given.get("process_manager")?.text;
  const text = given.get("dbpath")?.text.replace(/^sqlite:\/\/\//, "") ?? "";
  const dbpath = text === "" ? undefined : resolvePath(expandHome(text, world.home));
  const mode =
    asked === undefined
      ? (modeOfDatabase(dbpath) ??
        chooseMode(fromAnm(given), withoutLeftover(there, candidates.sudo.database), world.uid))
      : chooseMode(asked, there, world.uid);
  const paths = candidates[mode];
  return { mode, paths: dbpath === undefined ? paths : { ...paths, database: dbpath } };
}

/** A colony that cannot be looked at counts: opening it says what is wrong, and no other is taken in its place. */
const mayBeThere = (path: string): boolean => presenceOf(path) !== "absent";

/** True when this account has no right to look there. */
function isClosed(path: string): boolean {
  const presence = presenceOf(path);
  return isUnknown(presence) && presence.denied;
}

/** The mode recorded in the database at the given path. */
function modeOfDatabase(dbpath: string | undefined): Mode | undefined {
  const processManager = dbpath === undefined ? undefined : glance(dbpath)?.process_manager;
  if (processManager?.endsWith("+sudo")) return "sudo";
  return processManager?.includes("+") ? "user" : undefined;
}

/** anm runs system units, so a colony that takes over from it is in sudo mode. */
const fromAnm = (given: Given): string | undefined => (given.has("migrate_anm") ? "systemd+sudo" : undefined);

/**
 * Python wnm as root created its first database in the system's folder, called it a user's, and went on in the user's
 * folder. Such an empty database does not count beside the other one.
 */
function withoutLeftover(there: Readonly<Record<Mode, boolean>>, database: string): Record<Mode, boolean> {
  const leftover = there.user && there.sudo ? glance(database) : undefined;
  return leftover?.nodes === 0 && leftover.process_manager.endsWith("+user")
    ? { ...there, sudo: false }
    : { ...there };
}
