import { Unconfirmed, UsageError } from "../base/errors.ts";
import { isTypedAtTerminal } from "../os/terminal.ts";
import { SETTING_NAMES } from "../settings/machine.ts";
import { isTyped } from "./asked.ts";
import type { Context } from "./context.ts";

/**
 * True for an error that says something about this one call and nothing about the colony: cron's runs do not meet it.
 * That is a cost that was not confirmed, any mistake at a terminal, and words of the command line that are wrong, unless
 * cron, a timer or the like has typed them.
 */
export async function isOwnMistake({ options, once }: Context, error: unknown): Promise<boolean> {
  if (error instanceof Unconfirmed) return true;
  const sets = once.force_action !== undefined || SETTING_NAMES.some((name) => isTyped(name, options.given));
  const is_wrong_call = error instanceof UsageError && (error.is_typed || isTypedAtTerminal());
  return (sets || is_wrong_call) && !(await isScheduled());
}

const isScheduled = async (): Promise<boolean> =>
  (await import("../os/processes/scheduled.ts")).isScheduled();
