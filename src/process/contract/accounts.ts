import { WnmError } from "../../base/errors.ts";
import type { Paths } from "../../model/host.ts";
import { type Account, accountOf, idsOf } from "../../os/account.ts";
import { asRoot } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import { elevation, NODE_ACCOUNT, runAs } from "../../os/elevation.ts";
import { accountFiles, type NamedOwner } from "../../os/files/account-files.ts";
import { type Files, ownFiles, plainFiles } from "../../os/files/node-files.ts";
import { statAt } from "../../os/files/presence.ts";
import type { Platform } from "../../os/paths.ts";
import type { World } from "../../os/world.ts";

/** The account that runs wnm. Its name is looked up lazily, because an idle run does not need it. */
export const ownAccount = (world: World): Account => ({
  get user() {
    return accountOf(world.uid)?.user ?? String(world.uid);
  },
  home: world.home,
});

/** Arguments of useradd(8) for the nodes' account. */
export const USERADD = ["--system", "--create-home", "--shell", "/usr/sbin/nologin", NODE_ACCOUNT] as const;

/** The same for BusyBox's adduser(8), on systems without useradd. */
const BUSYBOX_ADDUSER = ["-S", "-D", "-s", "/sbin/nologin", NODE_ACCOUNT] as const;

/** The command that creates the nodes' account; undefined when neither program is installed. */
export function makingAccount(): readonly [string, ...string[]] | undefined {
  if (programPath("useradd") !== undefined) return ["useradd", ...USERADD];
  return programPath("adduser") === undefined ? undefined : ["adduser", ...BUSYBOX_ADDUSER];
}

/** Creates the nodes' account if it is missing. Throws CommandFailed without permission. */
export async function makeNodeAccount(world: Pick<World, "run" | "uid">): Promise<void> {
  if (accountOf(NODE_ACCOUNT) !== undefined) return;
  const command = makingAccount();
  if (command === undefined) throw new WnmError(`There is no account "${NODE_ACCOUNT}"; ${BY_HAND}`);
  await runAs(world.run, elevation(world.uid).asRoot, command);
}

const BY_HAND = `neither useradd nor adduser is installed: create a system account of that name by hand, or give --process_manager setsid+user`;

const MAKE_ACCOUNT: Readonly<Record<Platform, () => string>> = {
  linux() {
    const command = makingAccount();
    return command === undefined
      ? BY_HAND
      : `create it with: ${asRoot(command.join(" "))}; or let wnm --init --create_user do it`;
  },
  darwin: () => `create it with: ${asRoot(`sysadminctl -addUser ${NODE_ACCOUNT} -shell /usr/bin/false`)}`,
};

/** The account that nodes run as in the sudo modes. Throws WnmError when it does not exist. */
export function nodeAccount(platform: Platform): Account {
  const account = accountOf(NODE_ACCOUNT);
  if (account === undefined) {
    throw new WnmError(`There is no account "${NODE_ACCOUNT}" for the nodes; ${MAKE_ACCOUNT[platform]()}`);
  }
  return account;
}

/** Files of the nodes' account in the sudo modes: root changes them directly, an operator through sudo. */
export function nodeAccountFiles(
  world: Pick<World, "run" | "uid" | "platform">,
  paths: Pick<Paths, "database">,
): Files {
  let known: NamedOwner | undefined;
  const ownerOf = (): NamedOwner => {
    known ??= nodesOwner(world, paths);
    return known;
  };
  if (world.uid === 0) return ownFiles(ownerOf, "shared");
  // If the operator is the nodes' account, no other rights are needed.
  if (idsOf(NODE_ACCOUNT)?.uid === world.uid) return plainFiles;
  return accountFiles(world.run, elevation(world.uid, NODE_ACCOUNT), ownerOf, world.platform);
}

function nodesOwner(world: Pick<World, "uid" | "platform">, paths: Pick<Paths, "database">): NamedOwner {
  const { user } = nodeAccount(world.platform);
  const ids = idsOf(user);
  if (ids === undefined) throw new WnmError(`The uid and gid of the account "${user}" cannot be read`);
  return { user, ...ids, readers: readersOf(world, paths) };
}

/**
 * Gid of the colony's operator, whose runs read the nodes' folders to judge their state; undefined when the operator is
 * root. A run as root takes it from the database's owner, so that it does not lock the operator out.
 */
export function readersOf(
  { uid }: Pick<World, "uid">,
  { database }: Pick<Paths, "database">,
): number | undefined {
  const stat = uid === 0 ? statAt(database) : undefined;
  const owner = typeof stat === "object" && "found" in stat ? stat.found.uid : uid;
  const user = owner === 0 ? undefined : accountOf(owner)?.user;
  return user === undefined || user === NODE_ACCOUNT ? undefined : idsOf(user)?.gid;
}
