import { init, refuseSecond } from "../init.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { learnedSource, type Takeover } from "../takeover.ts";
import { adoptedNodes, agreedAdoption, findNodes } from "./import.ts";
import { importJson, importText } from "./import-report.ts";

/** Makes a colony of the nodes that are there and run; none of them is touched. A dry run only shows it. Gives its settings. */
export async function importColony(takeover: Takeover, dry_run: boolean): Promise<MachineConfig> {
  const { world, once, options } = takeover.call;
  refuseSecond((await takeover.begin()).host.paths.database);
  const adoption = await agreedAdoption(await findNodes(world), options.given, world);
  const beginning = await takeover.begin(learnedSource(adoption.learned, "the nodes found"));
  const { config, host } = beginning;
  refuseSecond(host.paths.database);
  const nodes = await adoptedNodes(adoption, config, world);
  const show = (): string =>
    once.json === true
      ? importJson(adoption, nodes, host.paths.database)
      : importText(adoption, nodes, config, host.paths.database);
  if (dry_run) {
    world.print(show());
    return config;
  }
  const summary = await init({ ...beginning, nodes }, world);
  world.print(once.json === true ? show() : `${show()}${summary}`);
  return config;
}
