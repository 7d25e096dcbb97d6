import { WnmError } from "../../base/errors.ts";
import { programPath } from "../../os/command.ts";
import { plainFiles } from "../../os/files/node-files.ts";
import { presenceOf } from "../../os/files/presence.ts";
import { expandHome } from "../../os/paths.ts";
import type { World } from "../../os/world.ts";
import { splitWords } from "../../settings/split-words.ts";
import { ownAccount } from "../contract/accounts.ts";
import type { MakeManager, ManagerSettings } from "../contract/make-manager.ts";
import { stopGrace } from "../contract/stop-grace.ts";
import type { DockerAccess } from "./access.ts";
import { dockerEngine } from "./engine.ts";
import { docker } from "./manager.ts";
import { dockerShared } from "./shared-manager.ts";

/** One container per node. */
export const dockerUser: MakeManager = (world, settings) => ({
  ...docker(dockerAccess(world, settings)),
  ready: () => requireProgram(programOf(world, settings)),
});

/** Containers shared by many nodes. */
export const s6overlayUser: MakeManager = (world, settings) => ({
  ...dockerShared(dockerAccess(world, settings)),
  ready: () => requireProgram(programOf(world, settings)),
});

const programOf = ({ home }: World, { docker_path }: ManagerSettings): string =>
  docker_path === undefined ? "docker" : expandHome(docker_path, home);

function requireProgram(program: string): void {
  if (program.includes("/") ? presenceOf(program) !== "absent" : programPath(program) !== undefined) return;
  throw new WnmError(
    `${program} is not installed, so it cannot run nodes here; install it, set --docker_path, or use --process_manager setsid+user`,
  );
}

function dockerAccess(world: World, settings: ManagerSettings): DockerAccess {
  const { uid, run } = world;
  const { paths } = settings;
  const program = programOf(world, settings);
  return {
    engine: dockerEngine({ program, run, uid, gid: process.getgid?.() ?? uid }),
    files: plainFiles,
    account: ownAccount(world),
    image: () => {
      if (settings.docker_image !== undefined) return settings.docker_image;
      throw new WnmError("There is no image to create containers from: set --docker_image");
    },
    extra: splitWords(settings.docker_args ?? "") ?? [],
    control: `${paths.base}/containers`,
    logs: paths.logs,
    writable: [paths.bootstrap_cache],
    sleep: world.clock.sleep,
    grace: stopGrace(settings.stop_grace, world.clock.now),
  };
}
