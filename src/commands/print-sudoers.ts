import { EXIT, type ExitCode, WnmError } from "../base/errors.ts";
import { accountOf } from "../os/account.ts";
import { isThere } from "../os/files/presence.ts";
import { openStoreToRead } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { settingsOf } from "./settings-of.ts";
import { sudoersText } from "./sudoers-rules.ts";

/** Prints the sudoers rules that wnm needs. Throws WnmError for root and for colonies that use no sudo. */
export function printSudoers(context: Context): ExitCode {
  const { world, options } = context;
  if (world.uid === 0) throw new WnmError("root needs no sudo; print the rules as the user that runs wnm");
  using store = isThere(options.paths.database) ? openStoreToRead(options.paths.database) : undefined;
  const { config } = settingsOf(context, store);
  const user = accountOf(world.uid)?.user ?? `#${world.uid}`;
  world.print(sudoersText({ user, config, paths: options.paths }));
  return EXIT.done;
}
