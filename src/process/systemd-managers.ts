import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import { nodeAccount, ownAccount } from "./accounts.ts";
import type { MakeManager } from "./make-manager.ts";
import { systemd } from "./systemd.ts";
import { sudoRights, userRights } from "./systemd-rights.ts";

/** Units of this account's own systemd. */
export const systemdUser: MakeManager = (world) => {
  const who = { ...ownAccount(world), uid: world.uid, env: world.env };
  return systemd(userRights(world.run, who, world.clock.sleep));
};

/** Units of the system, for the nodes' account. */
export const systemdSudo: MakeManager = (world) => {
  const rights = elevation(world.uid, NODE_ACCOUNT);
  return systemd(sudoRights(world.run, rights, nodeAccount(world.platform), world.clock.sleep));
};
