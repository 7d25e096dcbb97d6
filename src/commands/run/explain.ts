import type { Snapshot } from "../../decide/snapshot.ts";
import { decisions } from "../../report/decisions.ts";
import { machineConfig } from "../../report/machine-config.ts";
import { machineMetrics } from "../../report/machine-metrics.ts";
import { pairsJson } from "../../report/pairs.ts";
import type { Context } from "../context.ts";

/** Logs what -v and the --show_ options ask for: settings, measurements, and threshold decisions. */
export function explain(context: Context, s: Snapshot): void {
  const { once, log, host, options } = context;
  const all = once.verbose === true;
  const place = () => ({
    cpu_count: host.cpu_count,
    database: options.paths.database,
    unreadable: s.unreadable.settings,
  });
  const line = (name: string, value: unknown) => log.info(`${name}: ${JSON.stringify(value)}`);
  if (all || once.show_machine_config) line("Machine", pairsJson(machineConfig(s.config, place())));
  if (all || once.show_machine_metrics) line("Metrics", pairsJson(machineMetrics(s)));
  if (all || once.show_decisions) line("Decisions", pairsJson(decisions(s)));
}
