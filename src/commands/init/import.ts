import { adoptedNodes } from "../../import/adopted-nodes.ts";
import { agreedAdoption } from "../../import/agreed-adoption.ts";
import { findNodes } from "../../import/find-nodes.ts";
import { importJson, importText } from "../../import/import-report.ts";
import { type Context, withLearned } from "../context.ts";
import { settingsOf } from "../settings-of.ts";
import { createColony, refuseReplacement, refuseSecond } from "./create-colony.ts";
import { type PlannedColony, plannedColony } from "./planned-colony.ts";

/**
 * Creates a colony from unmanaged nodes without touching them, and returns it. A dry run only shows it. Throws
 * UsageError with every issue of the call, and Refused.
 */
export async function importColony(context: Context, dry_run: boolean): Promise<PlannedColony> {
  const { world, once, options } = context;
  settingsOf(context, undefined);
  refuseSecond(options.paths.database, true);
  const adoption = agreedAdoption(await findNodes(world), options.given, world);
  const colony = plannedColony(withLearned(context, adoption.learned, "the nodes found"));
  const { config, host } = colony;
  refuseSecond(host.paths.database, true);
  const nodes = await adoptedNodes(adoption.nodes, config, world);
  const show = (): string =>
    once.json === true
      ? importJson(adoption, nodes, host.paths.database)
      : importText(adoption, nodes, config, host.paths.database);
  if (dry_run) {
    refuseReplacement(config, nodes);
    world.print(show());
    return colony;
  }
  const summary = await createColony({ ...colony, nodes }, world);
  world.print(once.json === true ? show() : `${show()}${summary}`);
  return colony;
}
