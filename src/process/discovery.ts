import { accountOf } from "../os/account.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import type { World } from "../os/world.ts";
import { discoverDaemon } from "./ant-daemon/discover.ts";
import { SYSTEM_REGISTRY, userRegistry } from "./antctl/access.ts";
import { discoverRegistry } from "./antctl/discover.ts";
import { type Discovery, mergeFound } from "./contract/found-node.ts";
import { agents, daemons } from "./launchd/access.ts";
import { discoverJobs } from "./launchd/discover.ts";
import { discoverProcesses } from "./setsid/discover.ts";
import { systemUnits, userUnits } from "./systemd/access.ts";
import { discoverUnits } from "./systemd/discover.ts";

/**
 * Finds the nodes of every manager that needs no settings, supervising managers first. Works without root and without
 * the nodes' account. Throws WnmError when an existing source cannot be read.
 */
export async function discoverAll(world: World): Promise<Discovery> {
  const { run, env, uid, home, platform } = world;
  const user = accountOf(uid)?.user ?? String(uid);
  const own = userUnits(run, { user, uid, env, home });
  const folder =
    env.XDG_CONFIG_HOME?.startsWith("/") === true ? `${env.XDG_CONFIG_HOME}/systemd/user` : own.folder;
  return mergeFound([
    discoverRegistry(userRegistry({ platform, account: { home } })),
    discoverRegistry(SYSTEM_REGISTRY),
    await discoverUnits(systemUnits(run, [])),
    await discoverUnits({ ...own, folder }),
    ...(platform === "darwin"
      ? [await discoverJobs(daemons(run, [])), await discoverJobs(agents(run, { uid, home }))]
      : []),
    discoverDaemon({ platform, home, uid, env }),
    discoverProcesses({ kind: "setsid+user", user }),
    discoverProcesses({ kind: "setsid+sudo", user: NODE_ACCOUNT }),
  ]);
}
