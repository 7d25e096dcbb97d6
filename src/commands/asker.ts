import type { Asker } from "../model/event.ts";
import { isTypedAtTerminal } from "../os/terminal.ts";
import { SETTING_NAMES } from "../settings/machine.ts";
import type { Context } from "./context.ts";

/**
 * Who made this call. It counts as manual when it is typed at a terminal, forces an action, or sets something on the
 * command line; any other call is cron's. A call through sudo is attributed to the account that called sudo.
 */
export function askerOf({ options, once, world }: Pick<Context, "options" | "once" | "world">): Asker {
  const sets = SETTING_NAMES.some((name) => options.given.get(name)?.layer === "command line");
  if (once.force_action === undefined && !sets && !isTypedAtTerminal()) return "cron";
  const sudoer = /^\d{1,10}$/.exec(world.env.SUDO_UID ?? "")?.[0];
  return `hand:${Number(sudoer ?? world.uid)}`;
}
