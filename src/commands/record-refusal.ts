import { Unconfirmed, UsageError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { noteRefusal } from "../store/refusals.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";
import { isOwnMistake } from "./own-mistake.ts";

/** Records that a run was refused or failed. A typing mistake says nothing about the colony. Never fails. */
export async function recordRefusal(context: Context, error: unknown): Promise<void> {
  const is_call = error instanceof Unconfirmed || error instanceof UsageError;
  if (is_call && (await isOwnMistake(context, error))) return;
  const by = askerOf(context);
  const { options, world } = context;
  const [reason = ""] = messageOf(error).split("\n", 1);
  noteRefusal(options.paths.database, { at: world.clock.now(), reason, by }, world.uid);
}
