import { WnmError } from "../errors.ts";
import { type Account, accountOf } from "../os/account.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import type { Platform } from "../os/paths.ts";
import type { World } from "../world.ts";

/** The account that runs wnm. */
export const ownAccount = (world: World): Account => ({
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

const MAKE_ACCOUNT: Readonly<Record<Platform, string>> = {
  linux: `sudo useradd ${USERADD.join(" ")}; or let wnm --init --create_user do it`,
  darwin: `sudo sysadminctl -addUser ${NODE_ACCOUNT} -shell /usr/bin/false`,
};

/** The account that nodes of the sudo modes run as. Throws WnmError where there is none. */
export function nodeAccount(platform: Platform): Account {
  const account = accountOf(NODE_ACCOUNT);
  if (account === undefined) {
    throw new WnmError(
      `There is no account "${NODE_ACCOUNT}" for the nodes; make it with: ${MAKE_ACCOUNT[platform]}`,
    );
  }
  return account;
}
