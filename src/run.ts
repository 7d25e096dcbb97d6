import { type Call, hostFacts, judge, withIds } from "./call.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import { createLog } from "./log.ts";
import { readOptions } from "./options.ts";
import { type Request, requestOf } from "./request.ts";
import type { Given } from "./settings/given.ts";
import { resolveOnce } from "./settings/resolve.ts";
import { startTimings } from "./timings.ts";
import { work } from "./work.ts";
import type { World } from "./world.ts";

/** One call of wnm, from what was typed to the exit code. Throws WnmError for every failure that can normally happen. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const timings = startTimings(() => performance.now());
  timings.lap("start");
  const options = await readOptions(argv, world);
  const { once: asked, issues: onceIssues } = resolveOnce(options.given);
  const once = withIds(asked, options.paths.database);
  if (once.version || once.completion !== undefined)
    return (await import("./verbose.ts")).tellAbout(once, options, world);
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
      await (await import("./leave.ts")).leave(call, request);
      return EXIT.done;
    case "self-upgrade":
      return (await import("./upkeep.ts")).upgradeItself(call, request.dry_run);
    case "sudoers":
      return (await import("./upkeep.ts")).printSudoers(call);
    case "export keys":
    case "import keys":
      return (await import("./keys.ts")).moveKeys(call, request);
    case "migrate":
      return (await import("./upkeep.ts")).migrateNow(call, request.confirmed && !request.dry_run);
    case "dockerfile": {
      const { dockerfile } = await import("./process/dockerfile.ts");
      call.world.print(dockerfile());
      return EXIT.done;
    }
    case "unlock":
      return (await import("./upkeep.ts")).unlock(call);
    case "report": {
      const { report, surveyAndReport } = await import("./reporting.ts");
      return request.survey ? surveyAndReport(call, request) : report(call, request);
    }
    case "configure":
      return (await import("./upkeep.ts")).configure(call, request.dry_run);
    default:
      return request.dry_run ? (await import("./rehearse.ts")).rehearse(call, request) : work(call, request);
  }
}

async function found(
  call: Call,
  request: Extract<Request, { kind: "init" }>,
  argv: readonly string[],
): Promise<ExitCode> {
  const [{ initialise }, { managerSettings, warn }, { managerFor }] = await Promise.all([
    import("./initialise.ts"),
    import("./view.ts"),
    import("./process/register.ts"),
  ]);
  const config = await initialise(call, request, (learned) => withLearned(call, argv, learned));
  warn(call, await managerFor(config.process_manager, call.world, managerSettings(call, config)));
  return EXIT.done;
}

async function withLearned(call: Call, argv: readonly string[], learned: Given): Promise<Call> {
  const options = await readOptions(argv, call.world, learned);
  return { ...call, options, host: hostFacts(options, call.world) };
}
