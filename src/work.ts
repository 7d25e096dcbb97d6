import { dirname } from "node:path";
import { type Call, lockOf, settingsOf } from "./call.ts";
import { decide } from "./decide/decide.ts";
import { force, untouched } from "./decide/force.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import { execute, type Outcome } from "./execute/execute.ts";
import { withNews } from "./execute/house.ts";
import { type Teardown, teardown } from "./execute/teardown.ts";
import type { Tools } from "./execute/tools.ts";
import type { Action } from "./model/action.ts";
import { nodeLabel } from "./model/node.ts";
import { dropBallastWhenShort, takeBallast } from "./os/ballast.ts";
import { costOfReplacement, refuseUnconfirmed } from "./replacement.ts";
import { dryRunReport } from "./report/dry-run.ts";
import { forceResult, type Result, tickResult } from "./report/outcome.ts";
import type { Request } from "./request.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { recordOfCopy } from "./software/binary.ts";
import { adoptStorages } from "./storages.ts";
import { type Changes, openStore, openStoreToRead, type Store } from "./store/store.ts";
import { explain } from "./verbose.ts";
import { observe, type View, warn } from "./view.ts";

/** What a working run does: what it decides, or what was forced. */
type Work = Extract<Request, { kind: "tick" | "force" }>;

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
  const learned: Changes = {
    settings: { ...changes, last_stopped_at: snapshot.metrics.system_start ?? config.last_stopped_at },
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
  const tools = toolsOf(call, store, view);
  const gap_ms = once.interval ?? once.this_action_delay ?? config.action_delay;
  const { outcomes, result } = await perform(request, plan, { snapshot, tools, gap_ms });
  call.lap("execute");
  tell(call, result, outcomes);
  takeBallast(base);
  if (request.kind === "force" && request.action === "teardown") tellWhatRemains(call, config, store);
  log.debug(`${snapshot.nodes.length} nodes surveyed`);
  const failed = outcomes.filter((outcome) => !outcome.ok).length;
  store.saveLast({
    ...(acts ? {} : learned),
    run: {
      ended_at: tools.now(),
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

type Means = { readonly snapshot: Snapshot; readonly tools: Tools; readonly gap_ms: number };

/** Carries the plan out and words its result. */
async function perform(
  request: Work,
  plan: readonly Action[],
  { snapshot, tools, gap_ms }: Means,
): Promise<{ outcomes: readonly Outcome[]; result: Result }> {
  const [first, ...rest] = plan;
  if (request.kind === "force" && request.action === "teardown") {
    const { outcomes, method } = await teardown(plan, tools, gap_ms);
    return { outcomes, result: resultOf(request, outcomes, snapshot, method) };
  }
  const outcomes = first === undefined ? [] : await execute([first, ...rest], tools, gap_ms);
  return { outcomes, result: resultOf(request, outcomes, snapshot) };
}

function resultOf(
  request: Work,
  outcomes: readonly Outcome[],
  s: Snapshot,
  method: Teardown["method"] = "individual-remove",
): Result {
  const { dry_run } = request;
  if (request.kind === "tick") return tickResult(outcomes, s.nodes, dry_run);
  const { action: type, target } = request;
  const by_name = "ids" in target;
  return forceResult({ type, by_name, outcomes, untouched: untouched(type, target, s), method, dry_run });
}

function tellWhatRemains(call: Call, config: MachineConfig, store: Store): void {
  const left = store.nodes();
  const { paths } = call.options;
  const names = left.length === 0 ? "no node" : left.map(nodeLabel).join(", ");
  call.world.print(
    [
      `Left: ${names}; the settings in ${paths.database}; the folders ${config.node_storage} and ${paths.logs}.`,
      "The next run without --force_action adds nodes again: take wnm out of cron first, or delete the database.",
      "",
    ].join("\n"),
  );
}

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

function planOf(request: Work, snapshot: Snapshot) {
  if (request.kind === "tick") return decide(snapshot);
  return force(request.action, request.target, snapshot);
}

function toolsOf(call: Call, store: Store, view: View): Tools {
  const { snapshot } = view;
  return {
    store,
    config: snapshot.config,
    metrics: snapshot.metrics,
    upgrades: snapshot.upgrades,
    paths: call.options.paths,
    grounds: { storages: view.storages, logs: call.options.paths.logs },
    binary: snapshot.binary,
    describe: async (path) => {
      const binary = await view.programs.describe(path);
      store.save({ binaries: view.programs.learned() });
      return binary;
    },
    copied: (binary, path) => {
      const record = recordOfCopy(binary, path);
      if (record !== undefined) store.save({ binaries: [record] });
    },
    manager: view.manager,
    now: call.world.clock.now,
    sleep: call.world.clock.sleep,
    random: call.world.random,
    log: call.log.info,
    nodes: new Map(snapshot.nodes.map((node) => [node.id, node])),
    containers: new Map(snapshot.containers.map((container) => [container.id, container])),
  };
}

function tell(call: Call, result: Result, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes)
    if (!outcome.ok) call.log.error(`${outcome.action.type} failed: ${outcome.error}`);
  if (call.once.json === true) call.world.print(`${JSON.stringify(result)}\n`);
  call.log.info(`Action: ${JSON.stringify(result)}`);
}
