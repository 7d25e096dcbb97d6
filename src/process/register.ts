import { WnmError } from "../errors.ts";
import type { ManagerKind } from "../model/node.ts";
import { accountOf } from "../os/account.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import type { World } from "../world.ts";
import type { ProcessManager } from "./manager.ts";
import { setsid } from "./setsid.ts";
import { elevatedRights, ownRights } from "./setsid-rights.ts";
import { systemd } from "./systemd.ts";
import { sudoRights, userRights } from "./systemd-rights.ts";

type Make = (world: World) => ProcessManager;

const notYet =
  (kind: ManagerKind): Make =>
  () => {
    throw new WnmError(`--process_manager ${kind} is not part of this wnm; use one of ${BUILT.join(", ")}`);
  };

/** Every manager by its name on the command line; nothing else in the program knows one by name. */
const REGISTER: Readonly<Record<ManagerKind, Make>> = {
  "setsid+user": (world) => setsid(ownRights(ownAccount(world), world.clock.sleep)),
  "setsid+sudo": (world) => {
    const { asRoot, asNode } = elevation(world.uid, NODE_ACCOUNT);
    return setsid(elevatedRights(world.run, asRoot, asNode, nodeAccount(), world.clock.sleep));
  },
  "systemd+user": (world) =>
    systemd(
      userRights(world.run, { ...ownAccount(world), uid: world.uid, env: world.env }, world.clock.sleep),
    ),
  "systemd+sudo": (world) =>
    systemd(sudoRights(world.run, elevation(world.uid, NODE_ACCOUNT), nodeAccount(), world.clock.sleep)),
  "launchd+user": notYet("launchd+user"),
  "launchd+sudo": notYet("launchd+sudo"),
  "antctl+user": notYet("antctl+user"),
  "antctl+sudo": notYet("antctl+sudo"),
  "antctl+zen": notYet("antctl+zen"),
  "docker+user": notYet("docker+user"),
};
const BUILT: readonly ManagerKind[] = ["systemd+user", "systemd+sudo", "setsid+user", "setsid+sudo"];

/** The manager of that name. Throws WnmError when this machine cannot have it. */
export const managerFor = (kind: ManagerKind, world: World): ProcessManager => REGISTER[kind](world);

const ownAccount = (world: World) => ({
  user: accountOf(world.uid)?.user ?? String(world.uid),
  home: world.home,
});

/** How the nodes' account is made: useradd and these words. useradd(8). */
export const USERADD = ["--system", "--create-home", "--shell", "/usr/sbin/nologin", NODE_ACCOUNT] as const;

/** Makes the nodes' account unless there is one. Throws CommandFailed without the right to. */
export async function makeNodeAccount(world: Pick<World, "run" | "uid">): Promise<void> {
  if (accountOf(NODE_ACCOUNT) !== undefined) return;
  const [program = "", ...args] = [...elevation(world.uid).asRoot, "useradd", ...USERADD];
  await world.run([program, ...args]);
}

function nodeAccount() {
  const account = accountOf(NODE_ACCOUNT);
  if (account === undefined) {
    throw new WnmError(
      `There is no account "${NODE_ACCOUNT}" for the nodes; make it with: sudo useradd ${USERADD.join(" ")}; or let wnm --init --create_user do it`,
    );
  }
  return account;
}
