import { WnmError } from "../errors.ts";
import { plainFiles } from "../os/files.ts";
import { expandHome } from "../os/paths.ts";
import { splitWords } from "../settings/kinds.ts";
import type { World } from "../world.ts";
import { ownAccount } from "./accounts.ts";
import { type DockerGround, docker } from "./docker.ts";
import { dockerEngine } from "./docker-engine.ts";
import { dockerShared } from "./docker-shared.ts";
import type { DockerSettings, MakeManager } from "./make-manager.ts";

/** A container for each node. */
export const dockerUser: MakeManager = (world, settings) => docker(dockerGround(world, settings));

/** Containers that many nodes share. */
export const s6overlayUser: MakeManager = (world, settings) => dockerShared(dockerGround(world, settings));

function dockerGround(world: World, settings: DockerSettings): DockerGround {
  const { uid, run, home } = world;
  const { paths } = settings;
  const program = settings.docker_path === undefined ? "docker" : expandHome(settings.docker_path, home);
  return {
    engine: dockerEngine({ program, run, uid, gid: process.getgid?.() ?? uid }),
    files: plainFiles,
    account: ownAccount(world),
    image: () => {
      if (settings.docker_image !== undefined) return settings.docker_image;
      throw new WnmError("There is no image to make containers of: set --docker_image");
    },
    extra: splitWords(settings.docker_args ?? "") ?? [],
    control: `${paths.base}/containers`,
    logs: paths.logs,
    writable: [paths.bootstrap_cache],
    sleep: world.clock.sleep,
  };
}
