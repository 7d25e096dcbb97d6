import { dirname } from "node:path";
import { type Call, lockOf, settingsOf } from "./call.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import type { Outcome } from "./execute/execute.ts";
import { withNews } from "./execute/with-news.ts";
import { type Action, describe } from "./model/action.ts";
import { dropBallastWhenShort, takeBallast } from "./os/ballast.ts";
import { planOf, resultOf, type Work } from "./plan.ts";
import { refuseUnconfirmed } from "./replacement.ts";
import type { Result } from "./report/outcome.ts";
import { adoptStorages } from "./storages.ts";
import { type Changes, openStore } from "./store/store.ts";
import { explain } from "./verbose.ts";
import { observe, warn } from "./view.ts";

/** One working run: lock, settings, metrics, survey, decide, execute. */
export async function work(call: Call, request: Work): Promise<ExitCode> {
  const { log, once } = call;
  const base = dirname(call.options.paths.database);
  if (dropBallastWhenShort(base))
    log.warn(`The disk of ${base} is full; wnm gave up its own reserve to go on working`);
  using _lock = lockOf(call);
  call.lap("lock");
  using store = openStore(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  call.lap("settings");
  const before = store.nodes();
  call.lap("nodes");
  await adoptStorages(store, before, config.node_storage, call.world);
  const view = await observe(call, store, config, before);
  const plan = planOf(request, view.snapshot);
  refuseUnconfirmed(changes, view.snapshot, once.confirm === true);
  call.lap("decide");
  const { snapshot, counters, programs } = view;
  // Who forces an upgrade wants the version tried, whatever it did before.
  const tryAgain =
    request.kind === "force" && request.action === "upgrade" ? snapshot.binary.version : undefined;
  const booted_at = snapshot.metrics.system_start ?? config.last_stopped_at;
  // It is computed from a clock in whole seconds: one more or less is no other boot, and not worth a page of every run.
  const is_other = Math.abs(booted_at - config.last_stopped_at) > 1;
  const learned: Changes = {
    settings: is_other ? { ...changes, last_stopped_at: booted_at } : changes,
    nodes: view.changed,
    containers: withNews(snapshot.containers, view.manager(config.process_manager).containers),
    sample: counters,
    binaries: programs.learned(),
    ...(tryAgain === undefined ? {} : { good_version: tryAgain }),
  };
  // What was learned is on the disk before anything is done; a run that does nothing writes it once, with its record.
  const acts = plan.length === 0 || plan.some(({ type }) => type !== "idle" && type !== "survey");
  if (acts) store.save(learned);
  call.lap("save");
  for (const line of view.news) log.warn(line);
  warn(call, view.manager(config.process_manager));
  explain(call, snapshot);
  const acting = acts ? await import("./act.ts") : undefined;
  const { outcomes, result } =
    acting === undefined
      ? nothingDone(call, request, plan, snapshot)
      : await acting.act(call, request, plan, view, store);
  call.lap("execute");
  tell(call, result, outcomes);
  takeBallast(base);
  if (request.kind === "force" && request.action === "teardown") acting?.tellWhatRemains(call, config, store);
  log.debug(`${snapshot.nodes.length} nodes surveyed`);
  const failed = outcomes.filter((outcome) => !outcome.ok).length;
  store.save({
    ...(acts ? {} : learned),
    run: {
      ended_at: call.world.clock.now(),
      duration_ms: Math.round(performance.now()),
      status: result.status,
      done: outcomes.filter((outcome) => outcome.ok && outcome.action.type !== "idle").length,
      failed,
    },
  });
  call.lap("record");
  // Without the rights of its manager a run could not even try.
  const denied = outcomes.filter((outcome) => !outcome.ok && outcome.denied === true).length;
  return failed === 0 ? EXIT.done : denied === failed ? EXIT.failed : EXIT.actions_failed;
}

/** What a plan of idling or surveying comes to: the look at the nodes was all that it takes. */
function nothingDone({ log }: Call, request: Work, plan: readonly Action[], snapshot: Snapshot) {
  for (const action of plan) if (action.type !== "idle") log.info(describe(action));
  const outcomes = plan.map((action): Outcome => ({ action, ok: true }));
  return { outcomes, result: resultOf(request, outcomes, snapshot) };
}

function tell(call: Call, result: Result, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes)
    if (!outcome.ok) call.log.error(`${outcome.action.type} failed: ${outcome.error}`);
  if (call.once.json === true) call.world.print(`${JSON.stringify(result)}\n`);
  call.log.info(`Action: ${JSON.stringify(result)}`);
}
