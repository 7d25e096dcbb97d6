import type { Runnable } from "../model/program-path.ts";
import { type CommandOptions, type CommandResult, programPath, type Run } from "./command.ts";

/** Prefixes that run a command as another account. */
export type Elevation = {
  /** Prefix to run a command as root. */
  readonly asRoot: readonly string[];
  /** Prefix to run a command as the nodes' account. */
  readonly asNode: readonly string[];
};

/** The account that nodes run as in the sudo modes. */
export const NODE_ACCOUNT = "ant";

/** Root needs no prefix; others use sudo, non-interactively. */
export const elevation = (uid: number, account: string = NODE_ACCOUNT): Elevation =>
  uid === 0
    ? { asRoot: [], asNode: asAccountOf(account) }
    : { asRoot: ["sudo", "-n"], asNode: ["sudo", "-n", "-u", account, "--"] };

/** BusyBox, as on Alpine, has su(1) but no runuser(1). Options must precede the account; the rest is the command. */
const asAccountOf = (account: string): readonly string[] =>
  programPath("runuser") === undefined
    ? ["su", "-s", "/bin/sh", "-c", 'exec "$0" "$@"', "--", account]
    : ["runuser", "-u", account, "--"];

/** Runs a command with a prefix such as `asRoot`, or as this account if the prefix is empty. Throws as `run` does. */
export function runAs(
  run: Run,
  prefix: readonly string[],
  argv: readonly [Runnable, ...string[]],
  options?: CommandOptions,
): Promise<CommandResult> {
  const [program = argv[0], ...words] = [...prefix, ...argv];
  return run([program, ...words], options);
}
