import { WnmError } from "../../base/errors.ts";
import { elevation, NODE_ACCOUNT } from "../../os/elevation.ts";
import { type Files, plainFiles } from "../../os/files/node-files.ts";
import { expandHome } from "../../os/paths.ts";
import type { World } from "../../os/world.ts";
import { nodeAccount, nodeAccountFiles, ownAccount } from "../contract/accounts.ts";
import type { AntctlSettings, MakeManager } from "../contract/make-manager.ts";
import type { ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles } from "../contract/node-files.ts";
import { sudoAntctl, userAntctl, zenAntctl } from "./access.ts";
import { antctl } from "./manager.ts";

/** antctl run as this account, with the colony's folders and program. Throws WnmError for root. */
export const antctlUser: MakeManager = (world, settings) =>
  closing(antctl(userAntctl(ownContext(world), atHome(settings, world))), plainFiles);

/** antctl run as root, for system services. */
export const antctlSudo: MakeManager = (world, settings) => {
  const { asRoot } = elevation(world.uid, NODE_ACCOUNT);
  const { run, platform, clock } = world;
  const context = { run, platform, account: nodeAccount(platform), sleep: clock.sleep, asRoot };
  return closing(
    antctl(sudoAntctl(context, atHome(settings, world))),
    nodeAccountFiles(world, settings.paths),
  );
};

/** Adds closing of permissions: antctl creates nodes' files readable by other accounts. */
const closing = (manager: ProcessManager, files: Files): ProcessManager => ({
  ...manager,
  close: (node, key_file) => closeNodeFiles(files, node, key_file),
});

/** antctl run as this account, choosing folders and releases itself. Throws WnmError for root. */
export const antctlZen: MakeManager = (world, settings) =>
  closing(antctl(zenAntctl(ownContext(world), atHome(settings, world))), plainFiles);

/** The context of antctl for this account. Throws WnmError for root, because root's antctl creates system services. */
function ownContext(world: World) {
  if (world.uid === 0) {
    throw new WnmError(
      "antctl run by root creates system services, not user services: use --process_manager antctl+sudo, or run wnm as a user",
    );
  }
  const { run, platform, uid, clock } = world;
  return { run, platform, uid, account: ownAccount(world), sleep: clock.sleep };
}

const atHome = (settings: AntctlSettings, world: World): AntctlSettings => ({
  ...settings,
  antctl_path: expandHome(settings.antctl_path, world.home),
});
