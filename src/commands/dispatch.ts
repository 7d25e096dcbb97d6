import { dirname } from "node:path";
import { type ExitCode, UsageError, WnmError } from "../base/errors.ts";
import { startTimings } from "../base/timings.ts";
import { hideArguments } from "../os/hide-arguments.ts";
import { LockHeld } from "../os/lock/lock-held.ts";
import { createLog } from "../os/log.ts";
import type { World } from "../os/world.ts";
import { COLONYLESS_COMMANDS, type CommandName, WORKING_COMMANDS } from "../settings/commands.ts";
import type { Given, Issue } from "../settings/layers.ts";
import { reportOf } from "../settings/reports.ts";
import { resolveOnce } from "../settings/resolve.ts";
import type { RunOptions } from "../settings/run-options.ts";
import { secretsIn } from "../settings/shown-call.ts";
import { isPlainRun } from "./asked.ts";
import { type Context, hostFacts } from "./context.ts";
import { logFormatOf } from "./log-format.ts";
import { locate, readSources } from "./options.ts";
import { refuseSilentDatabase, refuseSilentPlaces } from "./refuse-silent.ts";
import type { Request, RequestOf } from "./request.ts";
import { run } from "./run/run.ts";
import { withIds } from "./service-names.ts";
import { refuseUsersColony } from "./users-colony.ts";

type Command<K extends CommandName> = (
  context: Context,
  request: RequestOf<K>,
) => ExitCode | Promise<ExitCode>;

/** Each command's module is loaded on demand. The run is imported statically: cron starts one every minute. */
const COMMANDS: { readonly [K in CommandName]: () => Promise<Command<K>> } = {
  run: async () => run,
  force_action: async () => run,
  teardown: async () => run,
  configure: async () => (await import("./configure.ts")).configure,
  migrate_database: async () => (await import("./migrate-database.ts")).migrateDatabase,
  test_alert: async () => (await import("./test-alert.ts")).testAlert,
  report: async () => (await import("./report.ts")).report,
  init: async () => (await import("./init/init.ts")).init,
  import: async () => (await import("./import.ts")).importNodes,
  undo: async () => (await import("./undo.ts")).undo,
  release: async () => (await import("./release.ts")).release,
  remove_lockfile: async () => (await import("./remove-lockfile.ts")).removeLockfile,
  print_sudoers: async () => (await import("./print-sudoers.ts")).printSudoers,
  export_keys: async () => (await import("./export-keys.ts")).exportKeys,
  import_keys: async () => (await import("./import-keys.ts")).importKeys,
  get_node: async () => (await import("./get-node.ts")).getNodeProgram,
  self_upgrade: async () => (await import("./self-upgrade.ts")).upgradeSelf,
  dockerfile: async () => (await import("./dockerfile.ts")).printDockerfile,
  completion: async () => (await import("./completion.ts")).printCompletion,
  print: async () => (await import("./print.ts")).printText,
  version: async () => (await import("./version.ts")).printVersion,
  help: async () => (await import("./help.ts")).printHelp,
};

/** Carries out one call of wnm and returns its exit code. Throws WnmError for every failure that can normally happen. */
export async function dispatch(argv: readonly string[], world: World): Promise<ExitCode> {
  const timings = startTimings(() => performance.now());
  timings.lap("start");
  if (argv.length > 0) hideArguments(secretsIn(argv));
  await refuseSilentPlaces(world);
  const sources = await readSources(argv, world);
  await refuseSilentDatabase(sources.given, world);
  const options = locate(sources, world);
  const { once: asked, issues: onceIssues } = resolveOnce(options.given);
  const once = withIds(asked, options.paths.database);
  const { request, issues: requestIssues } = await readRequest(once, options.given);
  const level = once.quiet === true ? "ERROR" : (once.loglevel ?? "INFO");
  world.log.choose(() => logFormatOf(options));
  const log = createLog(level, world.log);
  const context: Context = {
    sources,
    options,
    once,
    log,
    world,
    host: hostFacts(options, world),
    issues: [...options.issues, ...onceIssues, ...requestIssues],
    lap: timings.lap,
  };
  if (COLONYLESS_COMMANDS.includes(request.kind)) {
    if (context.issues.length > 0) throw new UsageError(context.issues);
    return answer(context, request);
  }
  for (const warning of options.warnings) log.warn(warning);
  const code = await orRecorded(context, request, async () => {
    // The health report has its own exit code for an unreadable colony.
    if (request.kind !== "init" && request.kind !== "undo") refuseUsersColony(context);
    const opens_itself =
      request.kind === "init" || (request.kind === "report" && reportOf(request.report).graded);
    const maybeWrong = context.issues.length > 0 || (!opens_itself && options.given.size > 0);
    if (maybeWrong) (await import("./refuse-wrong-call.ts")).refuseWrongCall(context, request);
    timings.lap("options");
    return orLocked(context, () => answer(context, request));
  });
  if (once.timings === true) {
    timings.lap("end");
    world.complain(timings.text());
  }
  return code;
}

/** A plain run from cron skips loading the request parser. */
async function readRequest(
  once: RunOptions,
  given: Given,
): Promise<{ readonly request: Request; readonly issues: readonly Issue[] }> {
  if (isPlainRun(given)) return { request: { kind: "run", dry_run: false }, issues: [] };
  const { requestOf } = await import("./request-of.ts");
  return requestOf(once, given);
}

/** Records a refused or failed run, and alerts the operator. A reason that repeats every minute is logged once. */
async function orRecorded(
  context: Context,
  request: Request,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    const works =
      WORKING_COMMANDS.includes(request.kind) &&
      context.once.dry_run !== true &&
      !(error instanceof LockHeld && (await isFrozen(context)));
    const is_told = works && (await (await import("./record-refusal.ts")).recordRefusal(context, error));
    if (works && request.kind === "run")
      await (await import("./alert-refusal.ts")).alertRefusal(context, error);
    if (!is_told || !(error instanceof WnmError)) throw error;
    for (const line of error.message.split("\n")) context.log.debug(line);
    return error.exit;
  }
}

/** True while the lock holder hangs on a frozen disk: recording anything there would hang this run too. */
async function isFrozen({ options }: Context): Promise<boolean> {
  const { takesChanges } = await import("../os/takes-changes.ts");
  return !(await takesChanges(dirname(options.paths.database), FROZEN_MS));
}

const FROZEN_MS = 5_000;

/** With --json, also prints the finding that another run has held the lock for too long. */
async function orLocked(context: Context, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockHeld && error.finding !== undefined && context.once.json === true)
      context.world.print(`${JSON.stringify({ status: "locked", findings: [error.finding] })}\n`);
    throw error;
  }
}

async function answer<K extends CommandName>(context: Context, request: RequestOf<K>): Promise<ExitCode> {
  const command: Command<K> = await COMMANDS[request.kind as K]();
  return command(context, request);
}
