import { countsByStatus, type Snapshot } from "../decide/snapshot.ts";
import { type Action, describe } from "../model/action.ts";
import { type MachineConfig, SETTING_NAMES, settingOf } from "../settings/machine.ts";
import { machineMetrics } from "./machine-metrics.ts";
import type { Result } from "./outcome.ts";
import { pairsJson } from "./pairs.ts";

/** What a run would store and do. */
export type Rehearsal = {
  readonly plan: readonly Action[];
  readonly snapshot: Snapshot;
  readonly stored: Partial<MachineConfig>;
  readonly changes: Partial<MachineConfig>;
  /** What the `Action:` line says. */
  readonly result: Result;
};

/** What a run would store and do, and why; for people, or as one JSON document. */
export function dryRunReport(rehearsal: Rehearsal, json: boolean): string {
  const { plan, snapshot: s, stored, changes, result } = rehearsal;
  if (json) {
    const metrics = pairsJson(machineMetrics(s));
    return `${JSON.stringify({ dry_run: true, settings: changes, metrics, plan, result }, undefined, 2)}\n`;
  }
  const names = SETTING_NAMES.filter((name) => name in changes);
  const settings = names.map((name) => {
    const { show } = settingOf(name);
    return `  ${name}: ${show(stored[name])} -> ${show(changes[name])}`;
  });
  return [
    "Dry run: nothing is changed.",
    ...(settings.length === 0 ? [] : ["Settings that would be stored:", ...settings]),
    `Machine: ${machine(s)}`,
    `Nodes: ${s.nodes.length} of at most ${s.config.node_cap}${counts(s)}`,
    `Node program: ${s.binary.version === undefined ? s.binary.problem : `${s.binary.path}, version ${s.binary.version}`}`,
    "A run would:",
    ...(plan.length === 0 ? ["  do nothing: no node fits"] : plan.map((action) => `  ${describe(action)}`)),
    "",
  ].join("\n");
}

const counts = (s: Snapshot): string => {
  const parts = Object.entries(countsByStatus(s.nodes)).map(([status, count]) => `${count} ${status}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};

function machine({ metrics, config }: Snapshot): string {
  const percent = (name: "cpu" | "mem" | "hd"): string =>
    `${name} ${metrics[`used_${name}_percent`]?.toFixed(1) ?? "unknown"} % (grow < ${config[`${name}_less_than`]}, shed > ${config[`${name}_remove`]})`;
  const loads = [metrics.load_average_1, metrics.load_average_5, metrics.load_average_15];
  return [
    percent("cpu"),
    percent("mem"),
    percent("hd"),
    `loads ${loads.map((load) => load?.toFixed(2) ?? "unknown").join(" ")} (grow < ${config.desired_load_average}, shed > ${config.max_load_average_allowed})`,
  ].join(", ");
}
