import { WnmError } from "../errors.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import type { World } from "../world.ts";
import { nodeAccount, ownAccount } from "./accounts.ts";
import { launchd } from "./launchd.ts";
import { agentRights, daemonRights } from "./launchd-rights.ts";
import type { MakeManager } from "./make-manager.ts";

/** Agents of this account. Throws WnmError where there is no macOS. */
export const launchdUser: MakeManager = (world) => {
  const who = { ...ownAccount(onMac(world)), uid: world.uid };
  return launchd(agentRights(world.run, who, world.clock.sleep));
};

/** Daemons of the system, for the nodes' account. Throws WnmError where there is no macOS. */
export const launchdSudo: MakeManager = (world) => {
  const { asRoot } = elevation(onMac(world).uid, NODE_ACCOUNT);
  return launchd(daemonRights(world.run, asRoot, nodeAccount(world.platform), world.clock.sleep));
};

function onMac(world: World): World {
  if (world.platform === "darwin") return world;
  throw new WnmError("launchd is the manager of macOS; on Linux use --process_manager systemd+user");
}
