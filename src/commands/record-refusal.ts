import { Unconfirmed, UsageError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { isScheduled } from "../os/processes/scheduled.ts";
import { noteRefusal } from "../store/refusals.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";
import { isOwnMistake } from "./own-mistake.ts";

/**
 * Records that a run was refused or failed, unless it was a mistake in the call, which says nothing about the colony.
 * Returns true when cron's previous run already logged the same reason. Never fails.
 */
export async function recordRefusal(context: Context, error: unknown): Promise<boolean> {
  const is_call = error instanceof Unconfirmed || error instanceof UsageError;
  if (is_call && (await isOwnMistake(context, error))) return false;
  const by = askerOf(context);
  const { options, world } = context;
  const [reason = ""] = messageOf(error).split("\n", 1);
  const again = noteRefusal(options.paths.database, { at: world.clock.now(), reason, by }, world.uid);
  return again && by === "cron" && world.log.format() === "text" && isScheduled();
}
