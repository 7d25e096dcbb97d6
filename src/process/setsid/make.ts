import { elevation, NODE_ACCOUNT } from "../../os/elevation.ts";
import { nodeAccount, nodeAccountFiles, ownAccount, readersOf } from "../contract/accounts.ts";
import type { MakeManager } from "../contract/make-manager.ts";
import { stopGrace } from "../contract/stop-grace.ts";
import { elevatedAccess, ownAccess } from "./access.ts";
import { setsid } from "./manager.ts";

/** Plain processes of this account. */
export const setsidUser: MakeManager = (world, { stop_grace }) =>
  setsid(ownAccess(ownAccount(world), world.clock.sleep, stopGrace(stop_grace, world.clock.now)));

/** Plain processes of the nodes' account. */
export const setsidSudo: MakeManager = (world, { paths, stop_grace }) =>
  setsid(
    elevatedAccess({
      run: world.run,
      is_root: world.uid === 0,
      ...elevation(world.uid, NODE_ACCOUNT),
      account: nodeAccount(world.platform),
      files: nodeAccountFiles(world, paths),
      readers: () => readersOf(world, paths),
      sleep: world.clock.sleep,
      grace: stopGrace(stop_grace, world.clock.now),
    }),
  );
