import type { Call } from "./call.ts";
import type { Snapshot } from "./decide/snapshot.ts";
import { EXIT, type ExitCode, UsageError } from "./errors.ts";
import type { Options } from "./options.ts";
import { decisions } from "./report/decisions.ts";
import { machineConfig } from "./report/machine-config.ts";
import { machineMetrics } from "./report/machine-metrics.ts";
import { pairsJson } from "./report/pairs.ts";
import type { OnceValues } from "./settings/once.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

/** Logs what -v and the --show_ options ask for: settings, measurements, and what the thresholds say of them. */
export function explain(call: Call, s: Snapshot): void {
  const { once, log, host, options } = call;
  const all = once.verbose === true;
  const place = { cpu_count: host.cpu_count, database: options.paths.database };
  const line = (name: string, value: unknown) => log.info(`${name}: ${JSON.stringify(value)}`);
  if (all || once.show_machine_config) line("Machine", pairsJson(machineConfig(s.config, place)));
  if (all || once.show_machine_metrics) line("Metrics", pairsJson(machineMetrics(s)));
  if (all || once.show_decisions) line("Decisions", pairsJson(decisions(s)));
}

/** Answers what needs no colony: version, help, completion. Throws UsageError when the words beside it are wrong. */
export async function tellAbout(once: OnceValues, options: Options, world: World): Promise<ExitCode> {
  if (options.issues.length > 0) throw new UsageError(options.issues);
  if (once.version) world.print(`wnm version ${VERSION}\n`);
  else if (once.completion !== undefined)
    world.print((await import("./settings/completion.ts")).completionScript(once.completion));
  return EXIT.done;
}
