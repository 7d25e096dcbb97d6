import { accountOf } from "../os/account.ts";
import { NODE_ACCOUNT } from "../os/elevation.ts";
import type { World } from "../world.ts";
import { discoverRegistry } from "./antctl-discover.ts";
import { SYSTEM_REGISTRY, userRegistry } from "./antctl-rights.ts";
import { type Finds, together } from "./found.ts";
import { discoverJobs } from "./launchd-discover.ts";
import { agents, daemons } from "./launchd-rights.ts";
import { discoverProcesses } from "./setsid-discover.ts";
import { discoverUnits } from "./systemd-discover.ts";
import { systemUnits, userUnits } from "./systemd-rights.ts";

/**
 * What the managers discover that need no settings, those that supervise first. Neither rights nor the nodes' account
 * are needed to look. Throws WnmError when a place that is there cannot be read.
 */
export async function discoverAll(world: World): Promise<Finds> {
  const { run, env, uid, home, platform } = world;
  const user = accountOf(uid)?.user ?? String(uid);
  const own = userUnits(run, { user, uid, env, home });
  const folder =
    env.XDG_CONFIG_HOME?.startsWith("/") === true ? `${env.XDG_CONFIG_HOME}/systemd/user` : own.folder;
  return together([
    discoverRegistry(userRegistry({ platform, account: { home } })),
    discoverRegistry(SYSTEM_REGISTRY),
    await discoverUnits(systemUnits(run, [])),
    await discoverUnits({ ...own, folder }),
    ...(platform === "darwin"
      ? [await discoverJobs(daemons(run, [])), await discoverJobs(agents(run, { uid, home }))]
      : []),
    discoverProcesses({ kind: "setsid+user", user }),
    discoverProcesses({ kind: "setsid+sudo", user: NODE_ACCOUNT }),
  ]);
}
