import { type Call, settingsOf } from "./call.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import { planOf, resultOf, type Work } from "./plan.ts";
import { costOfReplacement } from "./replacement.ts";
import { dryRunReport } from "./report/dry-run.ts";
import { openStoreToRead } from "./store/store.ts";
import { explain } from "./verbose.ts";
import { observe } from "./view.ts";

/** What a working run would do; changes no byte and takes no lock. */
export async function rehearse(call: Call, request: Work): Promise<ExitCode> {
  using store = openStoreToRead(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  call.lap("settings");
  const { snapshot } = await observe(call, store, config, store.nodes());
  explain(call, snapshot);
  const plan = planOf(request, snapshot);
  if (changes.replace_generation === true)
    for (const line of costOfReplacement(snapshot)) call.log.info(`To be replaced: ${line}`);
  const imagined = plan.map((action) => ({ action, ok: true }) as const);
  const result = resultOf(request, imagined, snapshot);
  const rehearsal = { plan, snapshot, changes, stored: store.machine() ?? {}, result };
  call.world.print(dryRunReport(rehearsal, call.once.json === true));
  call.log.info(`Action: ${JSON.stringify(result)}`);
  return EXIT.done;
}
