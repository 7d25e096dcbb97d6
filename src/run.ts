import { dirname, resolve as resolvePath } from "node:path";
import { type Call, hostFacts, judge, lockOf, settingsOf, withIds } from "./call.ts";
import { decide } from "./decide/decide.ts";
import { force, untouched } from "./decide/force.ts";
import { afterClockJump } from "./decide/lifecycle.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import { execute, type Outcome } from "./execute/execute.ts";
import { guarded } from "./execute/guarded.ts";
import { withNews } from "./execute/house.ts";
import { type Teardown, teardown } from "./execute/teardown.ts";
import type { Tools } from "./execute/tools.ts";
import { firewallFor } from "./firewall/register.ts";
import { clockJump } from "./host/metrics.ts";
import { initialise } from "./initialise.ts";
import { moveKeys } from "./keys.ts";
import { leave } from "./leave.ts";
import { createLog } from "./log.ts";
import type { Action } from "./model/action.ts";
import { type ManagerKind, type Node, nodeLabel } from "./model/node.ts";
import { hasRebooted, look, measure, takenIds } from "./observe.ts";
import { readOptions } from "./options.ts";
import { dropBallastWhenShort, takeBallast } from "./os/ballast.ts";
import { replaceFile } from "./os/output.ts";
import { expandHome } from "./os/paths.ts";
import type { ProcessManager } from "./process/manager.ts";
import { managerFor } from "./process/register.ts";
import { costOfReplacement, refuseUnconfirmed } from "./replacement.ts";
import { dryRunReport } from "./report/dry-run.ts";
import { forceResult, type Result, tickResult } from "./report/outcome.ts";
import { writeReport } from "./report/report.ts";
import { type Request, requestOf } from "./request.ts";
import type { Given } from "./settings/given.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { resolveOnce } from "./settings/resolve.ts";
import { recordOfCopy } from "./software/binary.ts";
import { type Describer, describer, programFor } from "./software/program.ts";
import { SOFTWARE } from "./software/register.ts";
import { adoptable, adoptStorages, verifiedStorages } from "./storages.ts";
import { type Changes, openStore, openStoreToRead, type Store } from "./store/store.ts";
import { startTimings } from "./timings.ts";
import { configure, migrateNow, printSudoers, unlock, upgradeItself } from "./upkeep.ts";
import { explain, tellAbout } from "./verbose.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

/** One call of wnm, from what was typed to the exit code. Throws WnmError for every failure that can normally happen. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const timings = startTimings(() => performance.now());
  timings.lap("start");
  const options = readOptions(argv, world);
  const { once: asked, issues: onceIssues } = resolveOnce(options.given);
  const once = withIds(asked, options.paths.database);
  if (once.version || once.completion !== undefined) return tellAbout(once, options, world);
  const level = once.quiet === true ? "ERROR" : (once.loglevel ?? "INFO");
  const log = createLog(level, world.complain, world.colour);
  const { request, issues: requestIssues } = requestOf(once, options.given);
  const call: Call = {
    options,
    once,
    log,
    world,
    host: hostFacts(options, world),
    issues: [...options.issues, ...onceIssues, ...requestIssues],
    lap: timings.lap,
  };
  for (const warning of options.warnings) log.warn(warning);
  if (request.kind !== "init" && request.kind !== "self-upgrade") judge(call, request);
  timings.lap("options");
  const code = await answer(call, request, argv);
  if (once.timings === true) {
    timings.lap("end");
    world.complain(timings.text());
  }
  return code;
}

/** Does what was asked. */
async function answer(call: Call, request: Request, argv: readonly string[]): Promise<ExitCode> {
  switch (request.kind) {
    case "init":
      return found(call, request, argv);
    case "undo anm":
    case "release":
      await leave(call, request);
      return EXIT.done;
    case "self-upgrade":
      return upgradeItself(call, request.dry_run);
    case "sudoers":
      return printSudoers(call);
    case "export keys":
    case "import keys":
      return moveKeys(call, request);
    case "migrate":
      return migrateNow(call, request.confirmed && !request.dry_run);
    case "dockerfile": {
      const { dockerfile } = await import("./process/dockerfile.ts");
      call.world.print(dockerfile());
      return EXIT.done;
    }
    case "unlock":
      return unlock(call);
    case "report":
      return request.survey ? surveyAndReport(call, request) : report(call, request);
    case "configure":
      return configure(call, request.dry_run);
    default:
      return request.dry_run ? rehearse(call, request) : work(call, request);
  }
}

async function found(
  call: Call,
  request: Extract<Request, { kind: "init" }>,
  argv: readonly string[],
): Promise<ExitCode> {
  const config = await initialise(call, request, (learned) => withLearned(call, argv, learned));
  warn(call, managerFor(config.process_manager, call.world, managerSettings(call, config)));
  return EXIT.done;
}

function withLearned(call: Call, argv: readonly string[], learned: Given): Call {
  const options = readOptions(argv, call.world, learned);
  return { ...call, options, host: hostFacts(options, call.world) };
}

function warn(call: Call, manager: ProcessManager): void {
  for (const line of manager.warnings?.() ?? []) call.log.warn(line);
}

type Work = Extract<Request, { kind: "tick" | "force" }>;

/** One working run: lock, settings, metrics, survey, decide, execute. */
async function work(call: Call, request: Work): Promise<ExitCode> {
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
  store.save({
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
async function rehearse(call: Call, request: Work): Promise<ExitCode> {
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

type ReportRequest = Extract<Request, { kind: "report" }>;

/** A report of what is stored; takes no lock and changes nothing. */
async function report(call: Call, request: ReportRequest): Promise<ExitCode> {
  using store = openStoreToRead(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  for (const name of Object.keys(changes)) {
    if (call.options.given.get(name)?.layer === "command line")
      call.log.warn(`--${name} is in this report but not stored: a report changes nothing`);
  }
  deliver(call, request, await writeReport(request, reportSource(call, store, config, store.nodes())));
  return EXIT.done;
}

async function surveyAndReport(call: Call, request: ReportRequest): Promise<ExitCode> {
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  const view = await observe(call, store, config, store.nodes());
  refuseUnconfirmed(changes, view.snapshot, call.once.confirm === true);
  const binaries = view.programs.learned();
  store.save({ settings: changes, nodes: view.changed, sample: view.counters, binaries });
  deliver(call, request, await writeReport(request, reportSource(call, store, config, view.snapshot.nodes)));
  return EXIT.done;
}

const reportSource = (call: Call, store: Store, config: MachineConfig, nodes: readonly Node[]) => ({
  config,
  cpu_count: call.host.cpu_count,
  database: call.options.paths.database,
  nodes,
  now: call.world.clock.now(),
  version: VERSION,
  run: store.run,
  snapshot: async () => {
    const measurement = await measure(config, store.sample(), call.world);
    const seen = { nodes, measurement, programs: programs(call, store) };
    return (await snapshotOf(call, store, config, seen)).snapshot;
  },
});

function deliver(call: Call, request: ReportRequest, text: string): void {
  if (request.output === undefined) call.world.print(text);
  else replaceFile(resolvePath(expandHome(request.output, call.world.home)), text);
}

/** Everything a plan is made from, and what this look has changed. */
type View = {
  readonly snapshot: Snapshot;
  readonly storages: readonly string[];
  readonly changed: readonly Node[];
  /** Troubles of nodes that this look found. */
  readonly news: readonly string[];
  readonly counters: Awaited<ReturnType<typeof measure>>["counters"];
  readonly programs: Describer;
  readonly manager: (kind: ManagerKind) => ProcessManager;
};

async function observe(
  call: Call,
  store: Store,
  config: MachineConfig,
  before: readonly Node[],
): Promise<View> {
  const coming = adoptable(store, before, config.node_storage);
  const storages = verifiedStorages(store, before, config.node_storage, coming);
  const manager = managers(call, config);
  const asked = programs(call, store);
  const pace = { ...config, survey_delay: call.once.this_survey_delay ?? config.survey_delay };
  call.lap("storages");
  const last = store.sample();
  const measurement = await measure(config, last, call.world);
  call.lap("measure");
  const jump = clockJump(last, measurement.counters);
  if (jump !== 0) call.log.warn(`The clock was set by ${jump} s; all waits go on as if it had not been`);
  const unshifted = before.map((node) => afterClockJump(node, jump));
  const nodes = await look(unshifted, pace, manager, asked.describe, call.world);
  call.lap("survey");
  const view = await snapshotOf(call, store, config, { nodes, measurement, programs: asked });
  call.lap("snapshot");
  const changed = nodes.filter((node, i) => !Bun.deepEquals(node, before[i]));
  const news = nodes
    .filter((node, i) => node.problem !== undefined && node.problem !== before[i]?.problem)
    .map((node) => `${nodeLabel(node)}: ${node.problem}`);
  return { ...view, storages, changed, news, manager };
}

const programs = (call: Call, store: Store): Describer => describer(store.binary, call.world.run);

/** What a look at the world found. */
type Seen = {
  readonly nodes: readonly Node[];
  readonly measurement: Awaited<ReturnType<typeof measure>>;
  readonly programs: Describer;
};

async function snapshotOf(call: Call, store: Store, config: MachineConfig, seen: Seen) {
  const { world, once } = call;
  const { nodes, programs } = seen;
  const { metrics, counters } = seen.measurement;
  const path = expandHome(config.antnode_path, world.home);
  const binary = await programFor(config.node_software, path, programs.describe);
  const containers = store.containers();
  const manager = managers(call, config)(config.process_manager);
  const snapshot: Snapshot = {
    config,
    metrics,
    nodes,
    now: world.clock.now(),
    binary,
    rationed: binary.version !== undefined && SOFTWARE[binary.software].rationed,
    upgrades: once.enable_upgrade === true,
    bad_versions: store.badVersions(),
    rebooted: hasRebooted(store.sample(), counters, config, metrics),
    ids: manager.ids,
    placing: manager.containers?.placing,
    containers,
    // Read only where a node may be added: the kernel's tables of sockets are long (70 ms for 4000 sockets, measured).
    taken:
      nodes.length < config.node_cap || once.force_action === "add"
        ? await takenIds(config, nodes, containers, world)
        : new Set(),
  };
  return { snapshot, counters, programs };
}

function planOf(request: Work, snapshot: Snapshot) {
  if (request.kind === "tick") return decide(snapshot);
  return force(request.action, request.target, snapshot);
}

const managerSettings = (call: Call, config: MachineConfig) => ({
  ...config,
  paths: call.options.paths,
  rust_backtrace: call.once.rust_backtrace,
});

/** Makes each manager once; with the firewall before it where it has the rights for one. */
function managers(call: Call, config: MachineConfig): (kind: ManagerKind) => ProcessManager {
  const made = new Map<ManagerKind, ProcessManager>();
  const make = (kind: ManagerKind): ProcessManager => {
    const manager = managerFor(kind, call.world, managerSettings(call, config));
    return manager.privileged === true ? guarded(manager, firewallFor(config.firewall, call.world)) : manager;
  };
  return (kind) => {
    const manager = made.get(kind) ?? make(kind);
    made.set(kind, manager);
    return manager;
  };
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
