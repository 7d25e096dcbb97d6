import { dirname } from "node:path";
import type { ExitCode } from "../../base/errors.ts";
import { counted } from "../../base/text.ts";
import { historyAfterAdds } from "../../decide/history.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import type { Action } from "../../model/action.ts";
import { observe, type View } from "../../observe/observe.ts";
import { withAdopted, withinReach } from "../../observe/reach.ts";
import type { Lock } from "../../os/lock/lock.ts";
import { lookingTime } from "../../os/lock/record.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import type { RunOptions } from "../../settings/run-options.ts";
import { openStore, type Store } from "../../store/colony.ts";
import { forgetRefusals, notedRefusals } from "../../store/refusals.ts";
import type { Context } from "../context.ts";
import { eventsOfCall, eventsOfFindings } from "../events-of-call.ts";
import { lockOf } from "../lock-colony.ts";

import { logCall } from "../log-call.ts";
import { logSettled } from "../log-findings.ts";
import { observationContext, surveyDelay } from "../observation-context.ts";
import { beginAlerts } from "../send-alerts.ts";
import { settingsOf } from "../settings-of.ts";
import { accountOf } from "./account.ts";
import { changesToStore } from "./changes-to-store.ts";
import { refuseUnconfirmed } from "./confirm-replacement.ts";
import { changedFindings, findingsOf } from "./findings.ts";
import { logAwaited } from "./log-awaited.ts";
import { changesAnything, isIdle, planOf, type WorkRequest } from "./plan.ts";
import { announce, type Done, exitCodeOf, nothingDone, recordOf, withFindings } from "./result.ts";
import { showsOverview } from "./shows-overview.ts";
import { unusedArgs } from "./unused-args.ts";
import { writtenFindings } from "./written-findings.ts";

/** Does one run or a dry run. */
export async function run(context: Context, request: WorkRequest): Promise<ExitCode> {
  if (request.dry_run) {
    const { dryRun } = await import("./dry-run.ts");
    return dryRun(context, request);
  }
  const { code, snapshot, alert } = await work(context, request);
  await alert?.();
  const { page_path, prometheus_path } = snapshot.config;
  if (showsOverview(context, request) || page_path !== undefined || prometheus_path !== undefined) {
    const { reportRun } = await import("./report-run.ts");
    await reportRun(context, request, snapshot);
    context.lap("report");
  }
  return code;
}

/** The end of a run: its exit code, what it observed, and the alerts to send after the lock is released. */
type Ended = {
  readonly code: ExitCode;
  readonly snapshot: Snapshot;
  readonly alert: (() => Promise<void>) | undefined;
};

/** Does one run under the lock; records a refusal. */
async function work(context: Context, request: WorkRequest): Promise<Ended> {
  using lock = lockOf(context, lookingTime());
  context.lap("lock");
  using store = open(context);
  try {
    return await workOn(store, lock, context, request);
  } catch (error) {
    // A forced action or a mistyped option may be refused although the colony is fine.
    const { isOwnMistake } = await import("../own-mistake.ts");
    if (request.kind === "run" && !(await isOwnMistake(context, error)))
      (await import("./note-refusal.ts")).noteRefusal(store, error, context.world.clock.now());
    throw error;
  }
}

/** Settings, observe, plan, save, carry out, announce, record. */
async function workOn(
  store: Store,
  lock: Lock | undefined,
  context: Context,
  request: WorkRequest,
): Promise<Ended> {
  const { log, lap } = context;
  const { config, changes } = settingsOf(context, store);
  const alerting = await beginAlerts(context, request, config, changes);
  lap("settings");
  const view = await observeColony(context, store, config, lock);
  const { snapshot } = view;
  const plan = await planOf(request, snapshot);
  const { stored, costs } = await confirmedCosts(context, request, plan, changes, snapshot, store);
  lap("decide");

  const refused = notedRefusals(context.options.paths.database);
  const events = [...refused.events, ...eventsOfCall(context, stored, changes, view)];
  const learned = changesToStore(request, changes, view, plan, events);
  const unused = unusedArgs(store, changes, snapshot.binary, log);
  // Observations are stored before acting. A run without actions saves once, together with its record.
  const acts = changesAnything(plan);
  if (acts) store.save(learned);
  logCall(context, stored, changes, costs);
  lap("save");
  const before = store.findings();
  const failed = [...(await writtenFindings(context, config, store)), ...(alerting?.findings ?? [])];
  const settled = await findingsOf(view, plan, store, { more: failed, options: context.options });
  for (const line of view.warnings) log.warn(line);
  logSettled(context, settled, request.kind !== "run", refused.events);
  if (asksToExplain(context.once)) (await import("./explain.ts")).explain(context, snapshot);

  const findings = [...settled.open.map(({ open: _, ...finding }) => finding), ...unused.findings];
  const done = withFindings(await perform(context, request, plan, view, store, lock), findings);
  lap("execute");

  await announce(context, request, done, snapshot);
  const awaits = isIdle(plan) ? logAwaited(context, snapshot, store.run()?.awaits) : undefined;
  store.setRoomAside();
  if (request.kind === "teardown") (await import("./leftovers.ts")).announceLeftovers(context, config, store);
  log.debug(`${counted(snapshot.nodes.length, "node")} surveyed`);

  const ended = recordOf(done, context.world.clock.now(), awaits);
  const history = historyAfterAdds(learned.history, done.outcomes, ended.ended_at);
  const changed = changedFindings(settled, before);
  const more = [...(acts ? [] : events), ...eventsOfFindings(settled, context, snapshot)];
  store.save({
    ...(acts ? {} : learned),
    ...(history && { history }),
    ...(changed && { findings: changed }),
    ...unused.saved,
    run: ended,
    ...accountOf(store, view, { events, ended, acts, done, refused }),
    ...(more.length > 0 && { events: more }),
  });
  if (refused.content !== undefined) forgetRefusals(context.options.paths.database, refused.content);
  lap("record");
  const alert = alerting?.end(settled.open, snapshot.nodes);
  return { code: exitCodeOf(done.outcomes, findings), snapshot, alert };
}

/** The stored settings, and the cost of this call. Throws Unconfirmed. */
async function confirmedCosts(
  context: Context,
  request: WorkRequest,
  plan: readonly Action[],
  changes: Partial<MachineConfig>,
  snapshot: View["snapshot"],
  store: Store,
) {
  refuseUnconfirmed(changes, snapshot, context.once.confirm === true);
  const stored = store.machine();
  // A plain run without changed settings, such as cron's, costs nothing; anything else is left to costsOfCall.
  if (request.kind === "run" && Object.keys(changes).length === 0) return { stored, costs: [] };
  const { costsOfCall } = await import("./cost.ts");
  return { stored, costs: costsOfCall(context, request, plan, changes, stored, snapshot) };
}

const asksToExplain = ({
  verbose,
  show_machine_config,
  show_machine_metrics,
  show_decisions,
}: RunOptions): boolean =>
  [verbose, show_machine_config, show_machine_metrics, show_decisions].includes(true);

/** Executes the plan. An idle run does not load the code for that. */
async function perform(
  context: Context,
  request: WorkRequest,
  plan: readonly Action[],
  view: View,
  store: Store,
  lock: Lock | undefined,
): Promise<Done> {
  if (!changesAnything(plan)) return nothingDone(context, request, plan, view.snapshot);
  const acts = (what: string): void => lock?.acts(what);
  acts("its plan");
  const { carryOut } = await import("./carry-out.ts");
  return carryOut(context, request, plan, view, store, acts);
}

function open({ log, options }: Context): Store {
  const { database } = options.paths;
  return openStore(database, () =>
    log.warn(`The disk of ${dirname(database)} is full; wnm released its ballast to keep working`),
  );
}

/** Observes the machine and every node; first records in the lock how long that may take. */
async function observeColony(
  context: Context,
  store: Store,
  config: MachineConfig,
  lock: Lock | undefined,
): Promise<View> {
  const stored = store.nodes();
  context.lap("nodes");
  const delay = surveyDelay(context.once, config);
  if (delay > 0) lock?.looks(lookingTime(stored.length, delay));
  const reach = await withinReach(observationContext(context, store, config), stored);
  return observe(await withAdopted(reach, context.world));
}
