import * as v from "valibot";
import { echoed } from "../base/text.ts";
import type { HostFacts } from "../model/host.ts";
import { crossChecks } from "./cross-checks.ts";
import { type Given, type Issue, named, type Source } from "./layers.ts";
import { type MachineConfig, SETTING_NAMES, type SettingName, settingOf } from "./machine.ts";
import { RUN_OPTION_NAMES, type RunOptions, runOptionOf } from "./run-options.ts";
import type { Setting } from "./setting.ts";

export type Resolved = {
  readonly config: MachineConfig;
  /** Settings that differ from the stored ones or, if nothing is stored, from the defaults. */
  readonly changes: Partial<MachineConfig>;
};

/** Parses the one-run options and collects every issue. Pure. */
export function resolveOnce(given: Given): { once: RunOptions; issues: readonly Issue[] } {
  const once: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const name of RUN_OPTION_NAMES) {
    const row = runOptionOf(name);
    const source = given.get(name);
    once[name] = row.default;
    const value = source === undefined ? row.default : read(name, row, source, issues);
    // An invalid value is already an issue; the rest of the call is checked without it.
    if (value !== UNREADABLE) once[name] = value;
  }
  return { once: once as RunOptions, issues };
}

/**
 * The settings of this run: a given text overrides the stored value, which overrides the default. Collects every issue.
 * `updating`: the call is update_config, the only one that may change some settings. `unreadable`: invalid stored values,
 * which any given value replaces. Pure.
 */
export function resolve(
  given: Given,
  stored: Partial<MachineConfig> | undefined,
  host: HostFacts,
  updating: boolean,
  unreadable: ReadonlyMap<SettingName, string> = new Map(),
): { resolved: Resolved; issues: readonly Issue[] } {
  const config: Record<string, unknown> = {};
  const changes: Record<string, unknown> = {};
  const issues: Issue[] = [];
  const issue = (name: string, message: string) =>
    issues.push({ name, message: `${named(name, given)}: ${message}` });
  for (const name of SETTING_NAMES) {
    const row = settingOf(name);
    const fallback = () => (typeof row.default === "function" ? row.default(host) : row.default);
    const before = stored === undefined || !(name in stored) ? fallback() : stored[name];
    config[name] = before;
    const source = given.get(name);
    if (source === undefined) continue;
    const lost = unreadable.has(name);
    // The stored value is no change, even one of Python wnm's that could not be given today.
    if (!lost && stored !== undefined && name in stored && row.show(before) === source.text) continue;
    const value = read(name, row, source, issues);
    if (value === UNREADABLE) continue;
    if (lost) {
      config[name] = value;
      changes[name] = value;
      continue;
    }
    if (value === before || row.show(value) === row.show(before)) continue;
    if (stored !== undefined && row.change === "at init") {
      issue(
        name,
        `is fixed at init; it is ${echoed(row.show(before))} and cannot become ${echoed(row.show(value))}`,
      );
    } else if (stored !== undefined && row.change === "with update_config" && !updating) {
      // In a file it comes from a report that is read back, so it is no request to change it.
      if (source.layer !== "file") issue(name, "can only be changed with --force_action update_config");
    } else {
      config[name] = value;
      changes[name] = value;
    }
  }
  const resolved = { config: config as MachineConfig, changes: changes as Partial<MachineConfig> };
  return { resolved, issues: [...issues, ...crossChecks(resolved.config, given)] };
}

/** disable_config: every switch named on the command line becomes off, whatever other sources say. Pure. */
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
