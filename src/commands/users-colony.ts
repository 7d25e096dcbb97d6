import { EXIT, Refused, WnmError } from "../base/errors.ts";
import { counted } from "../base/text.ts";
import { accountOf } from "../os/account.ts";
import { isThere } from "../os/files/presence.ts";
import { pathsFor } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import { glance } from "../store/read-database.ts";
import type { Context } from "./context.ts";

/** The colony of the user who called this through sudo. */
export type UsersColony = { readonly user: string; readonly database: string; readonly nodes: number };

/** The colony of the user behind sudo; undefined when there is none, or nobody called sudo. */
export function usersColony({ env, uid, platform }: World): UsersColony | undefined {
  const user = env.SUDO_USER;
  const account = uid !== 0 || user === undefined || user === "root" ? undefined : accountOf(user);
  if (account === undefined) return undefined;
  const { database } = pathsFor("user", platform, account.home);
  const found = glance(database);
  return found === undefined ? undefined : { user: account.user, database, nodes: found.nodes };
}

/** Throws Refused when root would get a second colony beside that of the user who called sudo, unless confirmed. */
export function refuseBesideUsers({ world, once, options }: Context): void {
  const found = usersColony(world);
  if (found === undefined || found.database === options.paths.database || once.confirm === true) return;
  throw new Refused(
    `${found.user} has a colony already, ${found.database} with ${counted(found.nodes, "node")}, so no second one was made for root: two would compete for memory and disk. Without sudo, wnm works on that one. To have a second one anyway, on its own ports: --confirm --port_start N --metrics_port_start N --rpc_port_start N`,
  );
}

/** Throws WnmError when root has no colony but the user who called sudo has one, which was probably meant. */
export function refuseUsersColony({ world, options }: Context): void {
  const found = usersColony(world);
  if (found === undefined || isThere(options.paths.database)) return;
  throw new WnmError(
    `root has no colony here, and ${found.user} has one, ${found.database} with ${counted(found.nodes, "node")}. Call wnm without sudo`,
    EXIT.not_initialised,
  );
}
