import { WnmError } from "../errors.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import { expandHome } from "../os/paths.ts";
import type { World } from "../world.ts";
import { nodeAccount, ownAccount } from "./accounts.ts";
import { antctl } from "./antctl.ts";
import { type AntctlSettings, sudoAntctl, userAntctl, zenAntctl } from "./antctl-rights.ts";
import type { MakeManager } from "./make-manager.ts";

/** antctl of this account, told the colony's folders and program. Throws WnmError for root. */
export const antctlUser: MakeManager = (world, settings) =>
  antctl(userAntctl(ownPlace(world), atHome(settings, world)));

/** antctl of the system. */
export const antctlSudo: MakeManager = (world, settings) => {
  const { asRoot } = elevation(world.uid, NODE_ACCOUNT);
  const { run, platform, clock } = world;
  const place = { run, platform, account: nodeAccount(platform), sleep: clock.sleep, asRoot };
  return antctl(sudoAntctl(place, atHome(settings, world)));
};

/** antctl of this account, which chooses folders and releases itself. Throws WnmError for root. */
export const antctlZen: MakeManager = (world, settings) =>
  antctl(zenAntctl(ownPlace(world), atHome(settings, world)));

/** Where antctl works for this very account. Throws WnmError for root, whose antctl makes services of the system. */
function ownPlace(world: World) {
  if (world.uid === 0) {
    throw new WnmError(
      "antctl that root runs makes services of the system, not of a user: use --process_manager antctl+sudo, or run wnm as a user",
    );
  }
  const { run, platform, uid, clock } = world;
  return { run, platform, uid, account: ownAccount(world), sleep: clock.sleep };
}

const atHome = (settings: AntctlSettings, world: World): AntctlSettings => ({
  ...settings,
  antctl_path: expandHome(settings.antctl_path, world.home),
});
