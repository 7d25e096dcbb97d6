import { EXIT, type ExitCode } from "../../base/errors.ts";
import { observe } from "../../observe/observe.ts";
import { withinReach } from "../../observe/reach.ts";
import { walletFindings } from "../../observe/unreadable-findings.ts";
import { dryRunReport } from "../../report/dry-run.ts";
import { openStoreToRead } from "../../store/colony.ts";
import type { Context } from "../context.ts";
import { logFindings } from "../log-findings.ts";
import { observationContext } from "../observation-context.ts";
import { settingsOf } from "../settings-of.ts";
import { costOfReplacement } from "./confirm-replacement.ts";
import { costsOfCall } from "./cost.ts";
import { explain } from "./explain.ts";
import { planOf, type WorkRequest } from "./plan.ts";
import { resultOf } from "./result.ts";
import { unusedArgs } from "./unused-args.ts";

/** Prints what a run would do. Changes nothing and takes no lock. */
export async function dryRun(context: Context, request: WorkRequest): Promise<ExitCode> {
  const { log, once, world } = context;
  using store = openStoreToRead(context.options.paths.database);
  const { config, changes } = settingsOf(context, store);
  context.lap("settings");
  const reach = await withinReach(observationContext(context, store, config), store.nodes());
  const { snapshot, warnings, findings } = await observe(reach);
  for (const line of warnings) log.warn(line);
  unusedArgs(store, changes, snapshot.binary, log);
  logFindings(log, [...findings, ...walletFindings(config)]);
  explain(context, snapshot);
  const plan = await planOf(request, snapshot);
  const stored = store.machine();
  for (const cost of costsOfCall(context, request, plan, changes, stored, snapshot))
    log.info(`Cost: ${cost}`);
  if (changes.replace_generation === true)
    for (const line of costOfReplacement(snapshot)) log.info(`To be replaced: ${line}`);
  const imagined = plan.map((action) => ({ action, ok: true }) as const);
  const result = await resultOf(request, imagined, snapshot);
  const report = { plan, snapshot, changes, stored: stored ?? {}, result };
  world.print(dryRunReport(report, once.json === true));
  if (world.log.format() === "python") log.info(`Action: ${JSON.stringify(result)}`);
  return EXIT.done;
}
