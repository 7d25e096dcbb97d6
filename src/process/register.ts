import { WnmError } from "../errors.ts";
import type { Paths } from "../model/host.ts";
import type { ManagerKind } from "../model/node.ts";
import { accountOf } from "../os/account.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import { plainFiles } from "../os/files.ts";
import { expandHome, type Platform } from "../os/paths.ts";
import { splitWords } from "../settings/kinds.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { World } from "../world.ts";
import { antctl } from "./antctl.ts";
import { type AntctlSettings, sudoAntctl, userAntctl, zenAntctl } from "./antctl-rights.ts";
import { type DockerGround, docker } from "./docker.ts";
import { dockerEngine } from "./docker-engine.ts";
import { dockerShared } from "./docker-shared.ts";
import { launchd } from "./launchd.ts";
import { agentRights, daemonRights } from "./launchd-rights.ts";
import type { ProcessManager } from "./manager.ts";
import { setsid } from "./setsid.ts";
import { elevatedRights, ownRights } from "./setsid-rights.ts";
import { systemd } from "./systemd.ts";
import { sudoRights, userRights } from "./systemd-rights.ts";

type DockerSettings = Pick<MachineConfig, "docker_image" | "docker_args" | "docker_path"> & {
  readonly paths: Paths;
};

/** What managers are told by the settings and by the options of the run. */
export type ManagerSettings = AntctlSettings & DockerSettings;

type Make = (world: World, settings: ManagerSettings) => ProcessManager;

/** Every manager by its name on the command line; nothing else in the program knows one by name. */
const REGISTER: Readonly<Record<ManagerKind, Make>> = {
  "setsid+user": (world) => setsid(ownRights(ownAccount(world), world.clock.sleep)),
  "setsid+sudo": (world) => {
    const { asRoot, asNode } = elevation(world.uid, NODE_ACCOUNT);
    return setsid(elevatedRights(world.run, asRoot, asNode, nodeAccount(world.platform), world.clock.sleep));
  },
  "systemd+user": (world) =>
    systemd(
      userRights(world.run, { ...ownAccount(world), uid: world.uid, env: world.env }, world.clock.sleep),
    ),
  "systemd+sudo": (world) => {
    const rights = elevation(world.uid, NODE_ACCOUNT);
    return systemd(sudoRights(world.run, rights, nodeAccount(world.platform), world.clock.sleep));
  },
  "launchd+user": (world) => {
    const who = { ...ownAccount(onMac(world)), uid: world.uid };
    return launchd(agentRights(world.run, who, world.clock.sleep));
  },
  "launchd+sudo": (world) => {
    const { asRoot } = elevation(onMac(world).uid, NODE_ACCOUNT);
    return launchd(daemonRights(world.run, asRoot, nodeAccount(world.platform), world.clock.sleep));
  },
  "antctl+user": (world, settings) => antctl(userAntctl(ownPlace(world), atHome(settings, world))),
  "antctl+sudo": (world, settings) => {
    const { asRoot } = elevation(world.uid, NODE_ACCOUNT);
    const { run, platform, clock } = world;
    const place = { run, platform, account: nodeAccount(platform), sleep: clock.sleep, asRoot };
    return antctl(sudoAntctl(place, atHome(settings, world)));
  },
  "antctl+zen": (world, settings) => antctl(zenAntctl(ownPlace(world), atHome(settings, world))),
  "docker+user": (world, settings) => docker(dockerGround(world, settings)),
  "s6overlay+user": (world, settings) => dockerShared(dockerGround(world, settings)),
};
/** The manager of that name. Throws WnmError when this machine cannot have it. */
export const managerFor = (kind: ManagerKind, world: World, settings: ManagerSettings): ProcessManager =>
  REGISTER[kind](world, settings);

function onMac(world: World): World {
  if (world.platform === "darwin") return world;
  throw new WnmError("launchd is the manager of macOS; on Linux use --process_manager systemd+user");
}

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

const ownAccount = (world: World) => ({
  user: accountOf(world.uid)?.user ?? String(world.uid),
  home: world.home,
});

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

/** How the nodes' account is made: useradd and these words. useradd(8). */
export const USERADD = ["--system", "--create-home", "--shell", "/usr/sbin/nologin", NODE_ACCOUNT] as const;

/** Makes the nodes' account unless there is one. Throws CommandFailed without the right to. */
export async function makeNodeAccount(world: Pick<World, "run" | "uid">): Promise<void> {
  if (accountOf(NODE_ACCOUNT) !== undefined) return;
  const [program = "", ...args] = [...elevation(world.uid).asRoot, "useradd", ...USERADD];
  await world.run([program, ...args]);
}

const MAKE_ACCOUNT: Readonly<Record<Platform, string>> = {
  linux: `sudo useradd ${USERADD.join(" ")}; or let wnm --init --create_user do it`,
  darwin: `sudo sysadminctl -addUser ${NODE_ACCOUNT} -shell /usr/bin/false`,
};

function nodeAccount(platform: Platform) {
  const account = accountOf(NODE_ACCOUNT);
  if (account === undefined) {
    throw new WnmError(
      `There is no account "${NODE_ACCOUNT}" for the nodes; make it with: ${MAKE_ACCOUNT[platform]}`,
    );
  }
  return account;
}
