import { Unconfirmed, UsageError } from "../base/errors.ts";
import { isTypedAtTerminal } from "../os/terminal.ts";
import { SETTING_NAMES } from "../settings/machine.ts";
import { isTyped } from "./asked.ts";
import type { Context } from "./context.ts";

/**
 * True for an error that concerns only this call and not the colony, so cron's runs will not hit it: a cost that was not
 * confirmed, any mistake at a terminal, or wrong arguments, unless a scheduler such as cron passed them.
 */
export async function isOwnMistake({ options, once }: Context, error: unknown): Promise<boolean> {
  if (error instanceof Unconfirmed) return true;
  const sets = once.force_action !== undefined || SETTING_NAMES.some((name) => isTyped(name, options.given));
  const is_wrong_call = error instanceof UsageError && (error.is_typed || isTypedAtTerminal());
  return (sets || is_wrong_call) && !(await isScheduled());
}

const isScheduled = async (): Promise<boolean> =>
  (await import("../os/processes/scheduled.ts")).isScheduled();
