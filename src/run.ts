import { decide } from "./decide/decide.ts";
import { force, unknownNodes } from "./decide/force.ts";
import { afterClockJump } from "./decide/lifecycle.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { EXIT, type ExitCode, Refused, UsageError } from "./errors.ts";
import { execute, type Outcome } from "./execute/execute.ts";
import type { Tools } from "./execute/tools.ts";
import { clockJump } from "./host/metrics.ts";
import { init, lockPath } from "./init.ts";
import { exportKeys, importKeys } from "./keys.ts";
import { createLog, type Log } from "./log.ts";
import type { Plan } from "./model/action.ts";
import type { HostFacts } from "./model/host.ts";
import { type ManagerKind, type Node, nodeLabel } from "./model/node.ts";
import { hasRebooted, look, measure, takenIds } from "./observe.ts";
import { type Options, readOptions } from "./options.ts";
import { elevation } from "./os/elevation.ts";
import { elevatedFiles, exists, type Files, plainFiles } from "./os/files.ts";
import { hostMark } from "./os/host-mark.ts";
import { acquireLock } from "./os/lock.ts";
import { expandHome } from "./os/paths.ts";
import type { ProcessManager } from "./process/manager.ts";
import { managerFor, NODE_ACCOUNT } from "./process/register.ts";
import { costOfReplacement, refuseUnconfirmed } from "./replacement.ts";
import { dryRunReport } from "./report/dry-run.ts";
import { forceResult, type Result, tickResult } from "./report/outcome.ts";
import { writeReport } from "./report/report.ts";
import { type Request, requestOf } from "./request.ts";
import type { Issue } from "./settings/given.ts";
import type { MachineConfig } from "./settings/machine.ts";
import type { OnceValues } from "./settings/once.ts";
import { type Resolved, resolve, resolveOnce } from "./settings/resolve.ts";
import { type Describer, describer, programFor } from "./software/program.ts";
import { SOFTWARE } from "./software/register.ts";
import { adoptStorages, verifiedStorages } from "./storages.ts";
import { openStore, openStoreToRead, type Store } from "./store/store.ts";
import type { World } from "./world.ts";

/** One call of wnm, from what was typed to the exit code. Throws WnmError for every failure that can normally happen. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const options = readOptions(argv, world);
  const { once, issues: onceIssues } = resolveOnce(options.given);
  const log = createLog(once.quiet === true ? "ERROR" : (once.loglevel ?? "INFO"), world.complain);
  const { request, issues: requestIssues } = requestOf(once, options.typed);
  const call: Call = {
    options,
    once,
    log,
    world,
    host: hostFacts(options, world),
    issues: [...options.issues, ...onceIssues, ...requestIssues],
  };
  for (const warning of options.warnings) log.warn(warning);
  switch (request.kind) {
    case "init":
      world.print(await init(settingsOf(call, undefined).config, call.host, options.mode, world));
      return EXIT.done;
    case "unlock":
      return unlock(call);
    case "report":
      return request.survey ? surveyAndReport(call, request) : report(call, request);
    case "export keys":
    case "import keys":
      return keys(call, request);
    case "configure":
      return configure(call, request.dry_run);
    default:
      return request.dry_run ? rehearse(call, request) : work(call, request);
  }
}

/** What every step of a call needs. */
type Call = {
  readonly options: Options;
  readonly once: OnceValues;
  readonly log: Log;
  readonly world: World;
  readonly host: HostFacts;
  readonly issues: readonly Issue[];
};
type Work = Extract<Request, { kind: "tick" | "force" }>;

function hostFacts(options: Options, world: World): HostFacts {
  const kind = world.platform === "darwin" ? "launchd" : "systemd";
  return {
    cpu_count: navigator.hardwareConcurrency,
    home: world.home,
    paths: options.paths,
    process_manager: `${kind}+${options.mode}`,
  };
}

/** The settings of this call. Throws UsageError with every issue of the call. */
function settingsOf(call: Call, stored: Partial<MachineConfig> | undefined): Resolved {
  const updating = call.once.force_action === "update_config";
  const { resolved, issues } = resolve(call.options.given, stored, call.host, updating);
  const all = [...call.issues, ...issues];
  if (all.length > 0) throw new UsageError(all);
  const { config, changes } = resolved;
  return {
    config: { ...config, node_storage: expandHome(config.node_storage, call.world.home) },
    changes,
  };
}

const acquire = (call: Call): Disposable =>
  acquireLock(
    lockPath(call.options.paths.database),
    `pid ${process.pid}, started ${new Date(call.world.clock.now() * 1000).toISOString()}, ${["wnm", ...process.argv.slice(2)].join(" ")}`,
  );

/** One working run: lock, settings, metrics, survey, decide, execute. */
async function work(call: Call, request: Work): Promise<ExitCode> {
  const { log, once } = call;
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  adoptStorages(store, store.nodes(), config.node_storage);
  const view = await observe(call, store, config);
  const plan = planOf(request, view.snapshot);
  refuseUnconfirmed(changes, view.snapshot, once.confirm === true);
  const { snapshot, counters, programs } = view;
  // Who forces an upgrade wants the version tried, whatever it did before.
  const tryAgain =
    request.kind === "force" && request.action === "upgrade" ? snapshot.binary.version : undefined;
  store.save({
    settings: { ...changes, last_stopped_at: snapshot.metrics.system_start ?? config.last_stopped_at },
    nodes: view.changed,
    sample: counters,
    binaries: programs.learned(),
    ...(tryAgain === undefined ? {} : { good_version: tryAgain }),
  });
  for (const line of view.news) log.warn(line);
  const tools = toolsOf(call, store, view);
  const gap_ms = once.interval ?? once.this_action_delay ?? config.action_delay;
  const outcomes = plan.length === 0 ? [] : await execute(plan as Plan, tools, gap_ms);
  const result =
    request.kind === "force"
      ? forceResult(request.action, outcomes, "ids" in request.target)
      : tickResult(outcomes);
  tell(call, result, outcomes);
  log.debug(`${snapshot.nodes.length} nodes surveyed`);
  return outcomes.every((outcome) => outcome.ok) ? EXIT.done : EXIT.actions_failed;
}

/** What a working run would do; changes no byte and takes no lock. */
async function rehearse(call: Call, request: Work): Promise<ExitCode> {
  using store = openStoreToRead(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  const { snapshot } = await observe(call, store, config);
  const plan = planOf(request, snapshot);
  if (changes.replace_generation === true)
    for (const line of costOfReplacement(snapshot)) call.log.info(`To be replaced: ${line}`);
  call.world.print(dryRunReport(plan, snapshot, changes, store.machine() ?? {}, call.once.json === true));
  return EXIT.done;
}

/** Stores settings and does nothing else. */
function configure(call: Call, dry_run: boolean): ExitCode {
  using _lock = dry_run ? undefined : lockOf(call);
  using store = dry_run
    ? openStoreToRead(call.options.paths.database)
    : openStore(call.options.paths.database);
  const { changes } = settingsOf(call, store.machine());
  if (changes.replace_generation === true && !dry_run) {
    throw new Refused(
      "--replace_generation is begun by a run of its own: wnm --replace_generation --confirm",
    );
  }
  if (Object.keys(changes).length === 0) {
    call.log.info("No configuration changes detected");
    return EXIT.done;
  }
  call.log.info(`${dry_run ? "DRYRUN: " : ""}Update: ${JSON.stringify(changes)}`);
  if (!dry_run) {
    store.save({ settings: changes });
    call.log.info("Configuration updated successfully");
  }
  return EXIT.done;
}

async function report(call: Call, request: Extract<Request, { kind: "report" }>): Promise<ExitCode> {
  using store = openStoreToRead(call.options.paths.database);
  const { config } = settingsOf(call, store.machine());
  call.world.print(await writeReport(request, reportSource(call, store, config, store.nodes())));
  return EXIT.done;
}

async function surveyAndReport(call: Call, request: Extract<Request, { kind: "report" }>): Promise<ExitCode> {
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  const view = await observe(call, store, config);
  refuseUnconfirmed(changes, view.snapshot, call.once.confirm === true);
  const binaries = view.programs.learned();
  store.save({ settings: changes, nodes: view.changed, sample: view.counters, binaries });
  call.world.print(await writeReport(request, reportSource(call, store, config, view.snapshot.nodes)));
  return EXIT.done;
}

const reportSource = (call: Call, store: Store, config: MachineConfig, nodes: readonly Node[]) => ({
  config,
  cpu_count: call.host.cpu_count,
  database: call.options.paths.database,
  nodes,
  now: call.world.clock.now(),
  snapshot: async () => {
    const measurement = await measure(config, store.sample(), call.world);
    const seen = { nodes, measurement, programs: programs(call, store) };
    return (await snapshotOf(call, store, config, seen)).snapshot;
  },
});

async function keys(
  call: Call,
  request: Extract<Request, { kind: "export keys" | "import keys" }>,
): Promise<ExitCode> {
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config } = settingsOf(call, store.machine());
  const nodes = store.nodes();
  verifiedStorages(store, nodes, config.node_storage);
  const path = expandHome(request.path, call.world.home);
  const world = { files: nodeFiles(call), host: hostMark() };
  const exporting = request.kind === "export keys";
  const { restored, lines } = exporting
    ? await exportKeys(nodes, path, world)
    : await importKeys(nodes, path, { ...world, confirmed: request.confirmed });
  call.world.print([...lines, `${restored} ${exporting ? `written to ${path}` : "restored"}`, ""].join("\n"));
  return EXIT.done;
}

/** Files of the nodes, with the rights of the colony's mode. */
function nodeFiles(call: Call): Files {
  const { world, options } = call;
  if (options.mode === "user") return plainFiles;
  return elevatedFiles(world.run, elevation(world.uid, NODE_ACCOUNT).asRoot, NODE_ACCOUNT);
}

function unlock(call: Call): ExitCode {
  const path = lockPath(call.options.paths.database);
  if (call.issues.length > 0) throw new UsageError(call.issues);
  if (!exists(path)) {
    call.world.print(`Lock file does not exist: ${path}\n`);
    return EXIT.done;
  }
  acquire(call)[Symbol.dispose]();
  call.world.print(
    `Lock file removed: ${path}\n(The kernel frees wnm's lock with its process, so a file left behind never stops a run.)\n`,
  );
  return EXIT.done;
}

/** The lock; but not before init: without a database there is nothing to lock and nothing is created. */
function lockOf(call: Call): Disposable | undefined {
  return exists(call.options.paths.database) ? acquire(call) : undefined;
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

async function observe(call: Call, store: Store, config: MachineConfig): Promise<View> {
  const before = store.nodes();
  const storages = verifiedStorages(store, before, config.node_storage);
  const manager = managers(call.world);
  const asked = programs(call, store);
  const pace = { ...config, survey_delay: call.once.this_survey_delay ?? config.survey_delay };
  const last = store.sample();
  const measurement = await measure(config, last, call.world);
  const jump = clockJump(last, measurement.counters);
  if (jump !== 0) call.log.warn(`The clock was set by ${jump} s; all waits go on as if it had not been`);
  const unshifted = before.map((node) => afterClockJump(node, jump));
  const nodes = await look(unshifted, pace, manager, asked.describe, call.world);
  const view = await snapshotOf(call, store, config, { nodes, measurement, programs: asked });
  const changed = nodes.filter((node, i) => !Bun.deepEquals(node, before[i]));
  const news = changed.flatMap((node) => {
    const known = before.find(({ id }) => id === node.id)?.problem;
    return node.problem === undefined || node.problem === known
      ? []
      : [`${nodeLabel(node)}: ${node.problem}`];
  });
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
    ids: managerFor(config.process_manager, world).ids,
    taken: takenIds(config, nodes),
  };
  return { snapshot, counters, programs };
}

function planOf(request: Work, snapshot: Snapshot) {
  if (request.kind === "tick") return decide(snapshot);
  const unknown = unknownNodes(snapshot, request.target);
  if (unknown.length > 0)
    throw new UsageError([{ message: `--service_name: there is no ${unknown.join(", ")} in the colony` }]);
  return force(request.action, request.target, snapshot);
}

/** Makes each manager once. */
function managers(world: World): (kind: ManagerKind) => ProcessManager {
  const made = new Map<ManagerKind, ProcessManager>();
  return (kind) => {
    const manager = made.get(kind) ?? managerFor(kind, world);
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
    manager: view.manager,
    now: call.world.clock.now,
    sleep: call.world.clock.sleep,
    random: call.world.random,
    log: call.log.info,
    nodes: new Map(snapshot.nodes.map((node) => [node.id, node])),
  };
}

function tell(call: Call, result: Result, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes)
    if (!outcome.ok) call.log.error(`${outcome.action.type} failed: ${outcome.error}`);
  if (call.once.json === true) call.world.print(`${JSON.stringify(result)}\n`);
  call.log.info(`Action: ${JSON.stringify(result)}`);
}
