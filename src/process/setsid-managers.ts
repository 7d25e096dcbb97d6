import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import { nodeAccount, ownAccount } from "./accounts.ts";
import type { MakeManager } from "./make-manager.ts";
import { setsid } from "./setsid.ts";
import { elevatedRights, ownRights } from "./setsid-rights.ts";

/** Plain processes of this account. */
export const setsidUser: MakeManager = (world) => setsid(ownRights(ownAccount(world), world.clock.sleep));

/** Plain processes of the nodes' account. */
export const setsidSudo: MakeManager = (world) => {
  const { asRoot, asNode } = elevation(world.uid, NODE_ACCOUNT);
  return setsid(elevatedRights(world.run, asRoot, asNode, nodeAccount(world.platform), world.clock.sleep));
};
