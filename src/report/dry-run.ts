import { forecast } from "../decide/forecast.ts";
import { countsByStatus, type Snapshot } from "../decide/snapshot.ts";
import { type Action, describe } from "../model/action.ts";
import { type MachineConfig, SETTING_NAMES, settingOf, withoutSecrets } from "../settings/machine.ts";
import { shownValue } from "../settings/setting.ts";
import { machineMetrics } from "./machine-metrics.ts";
import { pairsJson } from "./pairs.ts";
import type { Result } from "./run-result.ts";

/** The result of a dry run. */
export type Rehearsal = {
  readonly plan: readonly Action[];
  readonly snapshot: Snapshot;
  readonly stored: Partial<MachineConfig>;
  readonly changes: Partial<MachineConfig>;
  /** Content of the `Action:` line. */
  readonly result: Result;
};

/** The report of a dry run, as text or one JSON document. */
export function dryRunReport(rehearsal: Rehearsal, json: boolean): string {
  const { plan, snapshot: s, stored, changes, result } = rehearsal;
  if (json) {
    const metrics = pairsJson(machineMetrics(s));
    const document = {
      dry_run: true,
      settings: withoutSecrets(changes),
      metrics,
      plan,
      forecast: forecast(s),
      result,
    };
    return `${JSON.stringify(document, undefined, 2)}\n`;
  }
  const names = SETTING_NAMES.filter((name) => name in changes);
  const settings = names.map((name) => {
    const row = settingOf(name);
    const before = name in stored ? shownValue(row, stored[name]) : "an unreadable value";
    return `  ${name}: ${before} -> ${shownValue(row, changes[name])}`;
  });
  const ahead = forecast(s);
  return [
    "Dry run: nothing is changed.",
    ...(settings.length === 0 ? [] : ["Settings that would be stored:", ...settings]),
    `Machine: ${machine(s)}`,
    `Nodes: ${s.nodes.length} of at most ${s.config.node_cap}${counts(s)}`,
    `Node program: ${s.binary.version === undefined ? s.binary.problem : `${s.binary.path}, version ${s.binary.version}`}`,
    "A run would:",
    ...(plan.length === 0 ? ["  do nothing: no node fits"] : plan.map((action) => `  ${describe(action)}`)),
    ...(ahead.length === 0 ? [] : ["Ahead:", ...ahead.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
}

const counts = (s: Snapshot): string => {
  const parts = Object.entries(countsByStatus(s.nodes)).map(([status, count]) => `${count} ${status}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};

function machine({ metrics, config }: Snapshot): string {
  const percent = (name: "cpu" | "mem" | "hd"): string =>
    `${name} ${metrics[`used_${name}_percent`]?.toFixed(1) ?? "unknown"} % (grow < ${config[`${name}_less_than`]}, ${name === "hd" ? "remove" : "stop"} > ${config[`${name}_remove`]})`;
  const loads = [metrics.load_average_1, metrics.load_average_5, metrics.load_average_15];
  return [
    percent("cpu"),
    percent("mem"),
    percent("hd"),
    `loads ${loads.map((load) => load?.toFixed(2) ?? "unknown").join(" ")} (grow < ${config.desired_load_average}, stop > ${config.max_load_average_allowed})`,
  ].join(", ");
}
