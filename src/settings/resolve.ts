import * as v from "valibot";
import type { HostFacts } from "../model/host.ts";
import { type Given, type Issue, named, type Source } from "./given.ts";
import type { Setting } from "./kinds.ts";
import { type MachineConfig, SETTING_NAMES, type SettingName, settingOf } from "./machine.ts";
import { ONCE_NAMES, type OnceValues, onceOf } from "./once.ts";

export type Resolved = {
  readonly config: MachineConfig;
  /** What differs from the stored settings, or from the defaults where nothing is stored. */
  readonly changes: Partial<MachineConfig>;
};

/** Reads the options of one run; every issue is collected. Pure. */
export function resolveOnce(given: Given): { once: OnceValues; issues: readonly Issue[] } {
  const once: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const name of ONCE_NAMES) {
    const row = onceOf(name);
    const source = given.get(name);
    once[name] = row.default;
    const value = source === undefined ? row.default : read(name, row, source, issues);
    // What cannot be read is an issue already; the rest of the call is judged without it.
    if (value !== UNREADABLE) once[name] = value;
  }
  return { once: once as OnceValues, issues };
}

/**
 * Given text over stored value over default. Pure. Collects every issue before it answers.
 * `updating`: the request is update_config, which alone may change some settings.
 */
export function resolve(
  given: Given,
  stored: Partial<MachineConfig> | undefined,
  host: HostFacts,
  updating: boolean,
): { resolved: Resolved; issues: readonly Issue[] } {
  const config: Record<string, unknown> = {};
  const changes: Record<string, unknown> = {};
  const issues: Issue[] = [];
  const issue = (name: string, message: string) =>
    issues.push({ name, message: `${named(name, given)}: ${message}` });
  for (const name of SETTING_NAMES) {
    const row = settingOf(name);
    const fallback = typeof row.default === "function" ? row.default(host) : row.default;
    const before = stored === undefined || !(name in stored) ? fallback : stored[name];
    config[name] = before;
    const source = given.get(name);
    if (source === undefined) continue;
    const value = read(name, row, source, issues);
    if (value === before || value === UNREADABLE) continue;
    if (stored !== undefined && row.change === "at init") {
      issue(name, `is fixed at init; it is ${row.show(before)} and cannot become ${row.show(value)}`);
    } else if (stored !== undefined && row.change === "with update_config" && !updating) {
      // A file that holds a report read back tells what was; it is no command.
      if (source.layer !== "file") issue(name, "can only be changed with --force_action update_config");
    } else {
      config[name] = value;
      changes[name] = value;
    }
  }
  const resolved = { config: config as MachineConfig, changes: changes as Partial<MachineConfig> };
  return { resolved, issues: [...issues, ...crossChecks(resolved.config, given)] };
}

/** What disable_config means: every switch that was named on the command line is off, whatever other sources say. Pure. */
export const switchedOff = (given: Given): Given =>
  new Map(
    [...given].map(([name, source]) => {
      const row = SETTING_NAMES.find((known) => known === name);
      const off = row !== undefined && settingOf(row).is_switch && source.layer === "command line";
      return [name, off && v.is(settingOf(row).text, source.text) ? { ...source, text: "false" } : source];
    }),
  );

const UNREADABLE = Symbol("unreadable");

function read(name: string, row: Setting<unknown>, source: Source, issues: Issue[]): unknown {
  const parsed = v.safeParse(row.text, source.text);
  if (parsed.success) return parsed.output;
  const unit = row.choices === undefined && !row.is_switch ? ` (${row.hint})` : "";
  issues.push({ name, message: `--${name} (${source.from}): ${parsed.issues[0].message}${unit}` });
  return UNREADABLE;
}

const PAIRS: readonly (readonly [SettingName, SettingName])[] = [
  ["cpu_less_than", "cpu_remove"],
  ["mem_less_than", "mem_remove"],
  ["hd_less_than", "hd_remove"],
  ["desired_load_average", "max_load_average_allowed"],
];
const IO_PAIRS: readonly (readonly [SettingName, SettingName])[] = [
  ["hdio_read_less_than", "hdio_read_remove"],
  ["hdio_write_less_than", "hdio_write_remove"],
  ["netio_read_less_than", "netio_read_remove"],
  ["netio_write_less_than", "netio_write_remove"],
];
const BLOCKS: readonly SettingName[] = ["metrics_port_start", "rpc_port_start", "port_start"];
const HIGHEST_PORT = 65_535;

/**
 * Settings that only make sense together. Only pairs that this call touches are judged, so that a colony taken over
 * with odd settings goes on running.
 */
function crossChecks(config: MachineConfig, given: Given): readonly Issue[] {
  const isWish = (name: SettingName): boolean => given.has(name) && given.get(name)?.layer !== "takeover";
  const touched = (...names: readonly SettingName[]): boolean => names.some(isWish);
  const number = (name: SettingName): number => Number(config[name]);
  const shown = (name: SettingName): string => valued(name, number(name), given);
  const issues: Issue[] = [];
  for (const [low, high] of [...PAIRS, ...IO_PAIRS]) {
    const io = IO_PAIRS.some(([name]) => name === low);
    const fits = number(low) < number(high) || (io && number(low) + number(high) <= 1);
    if (!touched(low, high) || fits) continue;
    issues.push({
      name: low,
      message: `${shown(low)} must be below ${shown(high)}${io ? ", or both 0" : ""}`,
    });
  }
  return touched("node_cap", ...BLOCKS) ? [...issues, ...portChecks(config, given)] : issues;
}

/** "--cpu_remove 80 (command line)". */
const valued = (name: SettingName, value: number, given: Given): string =>
  named(name, given).replace(`--${name}`, `--${name} ${value}`);

function portChecks(config: MachineConfig, given: Given): readonly Issue[] {
  const shown = (name: SettingName): string => valued(name, Number(config[name]), given);
  const cap = shown("node_cap");
  const issues: Issue[] = [];
  for (const [i, name] of BLOCKS.entries()) {
    const [first, last] = [Number(config[name]) * 1000 + 1, Number(config[name]) * 1000 + config.node_cap];
    if (last > HIGHEST_PORT) {
      issues.push({
        name,
        message: `${shown(name)} with ${cap} reaches port ${last}; the highest is ${HIGHEST_PORT}`,
      });
    }
    for (const other of BLOCKS.slice(i + 1)) {
      const start = Number(config[other]) * 1000 + 1;
      if (first <= start + config.node_cap - 1 && start <= last) {
        issues.push({ name, message: `${shown(name)} and ${shown(other)} overlap for ${cap}` });
      }
    }
  }
  return issues;
}
