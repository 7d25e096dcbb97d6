import * as v from "valibot";
import type { HostFacts } from "../model/host.ts";
import type { Given, Issue, Source } from "./given.ts";
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
    if (source !== undefined) once[name] = read(name, row, source, issues);
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
      issues.push({
        name,
        message: `--${name} (${source.from}): is fixed at init; it is ${row.show(before)} and cannot become ${row.show(value)}`,
      });
    } else if (stored !== undefined && row.change === "with update_config" && !updating) {
      issues.push({
        name,
        message: `--${name} (${source.from}): can only be changed with --force_action update_config`,
      });
    } else {
      config[name] = value;
      changes[name] = value;
    }
  }
  const resolved = { config: config as MachineConfig, changes: changes as Partial<MachineConfig> };
  return { resolved, issues: [...issues, ...crossChecks(resolved.config, new Set(given.keys()))] };
}

const UNREADABLE = Symbol("unreadable");

function read(name: string, row: Setting<unknown>, source: Source, issues: Issue[]): unknown {
  const parsed = v.safeParse(row.text, source.text);
  if (parsed.success) return parsed.output;
  issues.push({ name, message: `--${name} (${source.from}): ${parsed.issues[0].message}` });
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
function crossChecks(config: MachineConfig, given: ReadonlySet<string>): readonly Issue[] {
  const issues: Issue[] = [];
  const touched = (...names: readonly SettingName[]): boolean => names.some((name) => given.has(name));
  const number = (name: SettingName): number => Number(config[name]);
  for (const [low, high] of PAIRS) {
    if (touched(low, high) && number(low) >= number(high)) {
      issues.push({
        name: low,
        message: `--${low} (${number(low)}) must be below --${high} (${number(high)})`,
      });
    }
  }
  for (const [low, high] of IO_PAIRS) {
    if (touched(low, high) && number(low) + number(high) > 1 && number(low) >= number(high)) {
      issues.push({
        name: low,
        message: `--${low} (${number(low)}) must be below --${high} (${number(high)}), or both 0`,
      });
    }
  }
  if (touched("node_cap", ...BLOCKS)) {
    for (const [i, name] of BLOCKS.entries()) {
      const [first, last] = [number(name) * 1000 + 1, number(name) * 1000 + config.node_cap];
      if (last > HIGHEST_PORT) {
        issues.push({
          name,
          message: `--${name} ${number(name)} with --node_cap ${config.node_cap} reaches port ${last}; the highest is ${HIGHEST_PORT}`,
        });
      }
      for (const other of BLOCKS.slice(i + 1)) {
        const start = number(other) * 1000 + 1;
        if (first <= start + config.node_cap - 1 && start <= last) {
          issues.push({
            name,
            message: `--${name} ${number(name)} and --${other} ${number(other)} overlap for --node_cap ${config.node_cap}`,
          });
        }
      }
    }
  }
  return issues;
}
