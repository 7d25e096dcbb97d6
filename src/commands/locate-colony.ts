import { resolve as resolvePath } from "node:path";
import type { Paths } from "../model/host.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import { storageId } from "../os/files/storage-marker.ts";
import { chooseMode, expandHome, type Mode, pathsFor } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import type { Given } from "../settings/layers.ts";
import { glance } from "../store/read-database.ts";

/** Determines which colony the options refer to: its mode and paths. */
export function locateColony(given: Given, world: World): { mode: Mode; paths: Paths } {
  const candidates = {
    user: pathsFor("user", world.platform, world.home),
    sudo: pathsFor("sudo", world.platform, world.home),
  };
  // A base folder that has lost its database is still the colony's.
  const lived = (paths: Paths): boolean =>
    mayBeThere(paths.database) || storageId(paths.node_storage) !== undefined;
  // A colony that this account may not read cannot be the one it manages.
  const sudo = lived(candidates.sudo) && !isClosed(candidates.sudo.database);
  const there = { user: lived(candidates.user), sudo };
  // If there is only one colony, --process_manager does not select it; resolve() rejects a mismatch.
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

/** True unless the path is certainly absent. An unreadable colony must not be passed over; opening it reports the error. */
const mayBeThere = (path: string): boolean => presenceOf(path) !== "absent";

/** True when this account lacks permission to look at the path. */
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

/** anm runs system units, so a colony migrated from it is in sudo mode. */
const fromAnm = (given: Given): string | undefined => (given.has("migrate_anm") ? "systemd+sudo" : undefined);

/**
 * Python wnm, run as root, created its first database in the system folder with a user-mode process manager, then
 * continued in the user's folder. Such an empty system database is ignored when the user's exists.
 */
function withoutLeftover(there: Readonly<Record<Mode, boolean>>, database: string): Record<Mode, boolean> {
  const leftover = there.user && there.sudo ? glance(database) : undefined;
  return leftover?.nodes === 0 && leftover.process_manager.endsWith("+user")
    ? { ...there, sudo: false }
    : { ...there };
}
