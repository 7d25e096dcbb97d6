import { WnmError } from "../../base/errors.ts";
import { elevation, NODE_ACCOUNT } from "../../os/elevation.ts";
import type { World } from "../../os/world.ts";
import { nodeAccount, nodeAccountFiles, ownAccount } from "../contract/accounts.ts";
import type { MakeManager } from "../contract/make-manager.ts";
import { stopGrace } from "../contract/stop-grace.ts";
import { agentAccess, daemonAccess } from "./access.ts";
import { launchd } from "./manager.ts";

/** Agents of this account. Throws WnmError except on macOS. */
export const launchdUser: MakeManager = (world, { stop_grace }) => {
  const who = { ...ownAccount(onMac(world)), uid: world.uid };
  return launchd(agentAccess(world.run, who, patienceIn(world, stop_grace)));
};

/** Daemons of the system, for the nodes' account. Throws WnmError except on macOS. */
export const launchdSudo: MakeManager = (world, { paths, stop_grace }) => {
  const { asRoot } = elevation(onMac(world).uid, NODE_ACCOUNT);
  const account = nodeAccount(world.platform);
  const files = nodeAccountFiles(world, paths);
  return launchd(daemonAccess(world.run, asRoot, { account, files }, patienceIn(world, stop_grace)));
};

const patienceIn = ({ clock }: World, stop_grace: number) => ({
  sleep: clock.sleep,
  grace: stopGrace(stop_grace, clock.now),
});

function onMac(world: World): World {
  if (world.platform === "darwin") return world;
  throw new WnmError("launchd is the manager of macOS; on Linux use --process_manager systemd+user");
}
