import { EXIT, type ExitCode, Refused } from "../base/errors.ts";
import { eventsOfSettings } from "../decide/events/settings.ts";
import { withoutSecrets } from "../settings/machine.ts";
import { openStore, openStoreToRead } from "../store/colony.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";
import { logCall } from "./log-call.ts";
import { warnOfUnreadable } from "./log-findings.ts";
import type { RequestOf } from "./request.ts";
import { costsOfCall } from "./run/cost.ts";
import { forgetUnset } from "./send-alerts.ts";
import { settingsOf } from "./settings-of.ts";

/** Stores the settings of this call without doing a run. */
export async function configure(context: Context, { dry_run }: RequestOf<"configure">): Promise<ExitCode> {
  using _lock = dry_run ? undefined : lockOf(context);
  using store = dry_run
    ? openStoreToRead(context.options.paths.database)
    : openStore(context.options.paths.database);
  const { config, changes } = settingsOf(context, store);
  warnOfUnreadable(context, store);
  const unconfirmed = changes.replace_generation === true && context.once.confirm !== true;
  if (unconfirmed && !dry_run && store.nodes().length > 0)
    throw new Refused("--replace_generation starts in a run of its own: wnm --replace_generation --confirm");
  const stored = store.machine();
  const nodes = store.nodes();
  const looked = { config: { ...config, ...changes }, nodes, disk_use: new Map(), doubtful: new Map() };
  const costs = costsOfCall(context, undefined, [], changes, stored, looked);
  const changed = Object.keys(changes).length > 0;
  const common = { at: context.world.clock.now(), readings: undefined, by: askerOf(context) };
  const events = eventsOfSettings(stored, changes, common);
  if (changed && !dry_run) store.save({ settings: changes, events });
  if (!dry_run) await forgetUnset(context, config, changes);
  if (context.once.json === true) {
    const status = changed ? "configuration-updated" : "no-changes";
    context.world.print(`${JSON.stringify({ status, dry_run, settings: withoutSecrets(changes) })}\n`);
  }
  if (!changed) {
    context.log.info("No configuration changes detected");
    return EXIT.done;
  }
  if (context.world.log.format() === "text") {
    if (dry_run) for (const { reason } of events) context.log.info(`${reason} would be stored`);
    logCall(context, stored, dry_run ? {} : changes, costs);
    return EXIT.done;
  }
  context.log.info(`${dry_run ? "DRYRUN: " : ""}Update: ${JSON.stringify(withoutSecrets(changes))}`);
  if (!dry_run) context.log.info("Configuration updated successfully");
  return EXIT.done;
}
