import type { Runnable } from "../model/program-path.ts";
import { type CommandOptions, type CommandResult, programPath, type Run } from "./command.ts";

/** How commands get the rights of another account. */
export type Elevation = {
  /** Put before a command to run it as root. */
  readonly asRoot: readonly string[];
  /** Put before a command to run it as the nodes' account. */
  readonly asNode: readonly string[];
};

/** Account that nodes of the sudo modes run as. */
export const NODE_ACCOUNT = "ant";

/** Root has every right; others ask sudo, which must never ask back. */
export const elevation = (uid: number, account: string = NODE_ACCOUNT): Elevation =>
  uid === 0
    ? { asRoot: [], asNode: asAccountOf(account) }
    : { asRoot: ["sudo", "-n"], asNode: ["sudo", "-n", "-u", account, "--"] };

/** BusyBox, as on Alpine, has su(1) and no runuser(1). Options end before the account: what follows is the command's. */
const asAccountOf = (account: string): readonly string[] =>
  programPath("runuser") === undefined
    ? ["su", "-s", "/bin/sh", "-c", 'exec "$0" "$@"', "--", account]
    : ["runuser", "-u", account, "--"];

/** Runs a command behind words that change its account, such as `asRoot`; without words, as this account. Throws as `run`. */
export function runAs(
  run: Run,
  prefix: readonly string[],
  argv: readonly [Runnable, ...string[]],
  options?: CommandOptions,
): Promise<CommandResult> {
  const [program = argv[0], ...words] = [...prefix, ...argv];
  return run([program, ...words], options);
}
