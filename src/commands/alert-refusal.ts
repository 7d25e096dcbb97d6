import { lastSettings, sendNews } from "../alerts/alerts.ts";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import type { Finding, OpenFinding } from "../model/finding.ts";
import { ownerOfFile } from "../os/files/presence.ts";
import { LockHeld } from "../os/lock/lock-held.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { resolve } from "../settings/resolve.ts";
import { openStoreToRead } from "../store/colony.ts";
import { refusedSince } from "../store/refusals.ts";
import type { Context } from "./context.ts";
import { curedHere } from "./named-colony.ts";
import { isOwnMistake } from "./own-mistake.ts";
import { cureOf, refusalOf } from "./run/note-refusal.ts";
import { alertSettingsOf, postOf } from "./send-alerts.ts";

/**
 * Sends an alert that a run refused to work, failed, or found the colony locked for too long. The settings come from the
 * call, else from the database, else from the last run that could read it. Never fails.
 */
export async function alertRefusal(context: Context, error: unknown): Promise<void> {
  const found = await findingOf(context, error);
  const post = postOf(context);
  if (found === undefined || !isOwn(context)) return;
  const settings = alertSettingsOf(settingsKnown(context));
  if (settings === undefined) return;
  const now = context.world.clock.now();
  const since = Math.min(refusedSince(post.database) ?? now, now);
  const findings = [curedHere<OpenFinding>(context.options)({ ...found, since, open: true })];
  const news = { now, findings, complete: false, colony: undefined, pings: { started: undefined } };
  const problem = await sendNews(news, settings, post);
  if (problem !== undefined) context.log.warn(`No alert was sent: ${problem}`);
}

/** The finding to send; undefined for a user's mistake, and when another run merely holds the lock. */
async function findingOf(context: Context, error: unknown): Promise<Finding | undefined> {
  if (error instanceof LockHeld) return error.finding;
  if (await isOwnMistake(context, error)) return undefined;
  return refusalOf(messageOf(error), context.world.clock.now(), cureOf(error));
}

/** False when the colony belongs to another account, whose own runs send its alerts. */
function isOwn({ options, world }: Context): boolean {
  try {
    return [undefined, world.uid].includes(ownerOfFile(options.paths.database));
  } catch {
    return true;
  }
}

function settingsKnown(context: Context): MachineConfig {
  const { given } = context.options;
  const stored = storedSettings(context) ?? lastSettings(postOf(context));
  return resolve(given, stored, context.host, false).resolved.config;
}

function storedSettings({ options }: Context): Partial<MachineConfig> | undefined {
  try {
    using store = openStoreToRead(options.paths.database);
    return store.machine();
  } catch (error) {
    if (error instanceof WnmError) return undefined;
    throw error;
  }
}
