import * as v from "valibot";
import { echoed } from "../base/text.ts";
import { parseAssignments } from "./assignments.ts";
import type { Given, Issue, Source } from "./layers.ts";
import { MACHINE_SETTINGS } from "./machine.ts";
import { nearest } from "./nearest.ts";
import { OPTION_NAMES, optionOf, suggestion } from "./options.ts";
import type { Setting } from "./setting.ts";

/** Names also used by shells and node programs: an invalid value in the environment is ignored with a warning. */
export const AMBIGUOUS_NAMES: readonly string[] = [
  "host",
  "count",
  "report",
  "interval",
  "environment",
  "log_format",
  "evm_network",
  "network_mode",
];

/** Options from the environment: WNM_NAME, else NAME where no other program uses that name. Pure. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): {
  given: Given;
  warnings: readonly string[];
} {
  const given = new Map<string, Source>();
  const ambiguous: string[] = [];
  const misspelled: string[] = [];
  // Over the variables, not over the 100 options: few are set.
  for (const variable of Object.keys(env)) {
    const own = variable.startsWith("WNM_");
    const plain = own ? variable.slice("WNM_".length) : variable;
    const name = plain.toLowerCase();
    const row = plain === name.toUpperCase() ? optionOf(name) : undefined;
    const text = env[variable];
    if (row === undefined && own) misspelled.push(...misspelling(variable, name));
    if (row === undefined || text === undefined || row.typed_only) continue;
    if (!own) {
      if (row.prefixed || text === "" || env[`WNM_${plain}`] !== undefined) continue;
      if (AMBIGUOUS_NAMES.includes(name)) {
        if (!meant(name, row, text)) continue;
        ambiguous.push(`${plain}=${echoed(text)}`);
      }
    }
    given.set(name, { text, from: `environment ${variable}`, layer: "environment" });
  }
  return { given, warnings: [...ambiguityWarning(ambiguous), ...misspelled] };
}

/** Whether the value fits the option. Shells put the machine's name into HOST, so only an address counts there. */
const meant = (name: string, row: Setting<unknown>, text: string): boolean =>
  v.safeParse(row.text, text).success && (name !== "host" || /^(localhost|\d+(\.\d+){3})$/.test(text));

const ambiguityWarning = (ambiguous: readonly string[]): readonly string[] => {
  if (ambiguous.length === 0) return [];
  const names = ambiguous.map((pair) => pair.slice(0, pair.indexOf("=")));
  return [
    `${ambiguous.join(", ")} in the environment is taken as --${names.join(", --").toLowerCase()}; write ${names.map((name) => `WNM_${name}`).join(", ")} to mean it, or unset ${names.join(", ")}`,
  ];
};

/** Options that a variable can give. */
const variableNames = (): readonly string[] =>
  OPTION_NAMES.filter((name) => optionOf(name)?.typed_only !== true);

/** Variables of Python wnm that set nothing here. */
const RETIRED: ReadonlySet<string> = new Set(["test_mode", "firewall_disabled"]);

/** A warning about a variable that looks like a mistyped WNM_NAME; `name` is the part after WNM_. */
function misspelling(variable: string, name: string): readonly string[] {
  const known = optionOf(name) !== undefined || RETIRED.has(name);
  const near = known ? undefined : nearest(name, variableNames());
  return near === undefined
    ? []
    : [`${variable} in the environment sets nothing; did you mean WNM_${near.toUpperCase()}?`];
}

/** Variables that login and cron set. */
const USUAL: ReadonlySet<string> = new Set([
  ...["HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "MAIL", "MAILTO", "PWD", "TERM", "EDITOR"],
]);

/** What the text of a file gives. */
type FromFile = {
  readonly given: Given;
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
};

/** Parses a config or .env file. An unknown name is only a warning, because Python wnm accepted any. Pure. */
export function fromAssignments(text: string, from: string): FromFile {
  const given = new Map<string, Source>();
  const issues: Issue[] = [];
  const warnings: string[] = [];
  for (const found of parseAssignments(text)) {
    const where = `${from}, line ${found.line}`;
    if ("problem" in found) {
      issues.push({ name: where, message: `${where}: ${found.problem}` });
      continue;
    }
    const name = found.name.toLowerCase().replaceAll("-", "_").replace(/^wnm_/, "");
    const row = optionOf(name);
    if (row?.typed_only) {
      issues.push({ name, message: `--${name} (${where}): belongs on the command line, not in a file` });
    } else if (row !== undefined) {
      // Python wnm writes None for a setting without a value.
      const value = found.value === "None" ? "" : (found.value ?? "true");
      given.set(name, { text: value, from: where, layer: "file" });
    } else if (isUnknown(name)) {
      warnings.push(`${where}: ${echoed(found.name)} sets nothing: it is not a setting${suggestion(name)}`);
    }
  }
  return { given, issues, warnings };
}

/**
 * Options from the text of Python wnm's .env file, as if each line were in the environment: NAME or WNM_NAME in capitals,
 * with ${NAME} replaced, and not for a name that `env` has. Pure.
 */
export function fromEnvironmentFile(
  text: string,
  from: string,
  env: Readonly<Record<string, string | undefined>>,
): FromFile {
  const given = new Map<string, Source>();
  const issues: Issue[] = [];
  const warnings: string[] = [];
  const variables: Record<string, string | undefined> = {};
  for (const found of parseAssignments(text)) {
    const where = `${from}, line ${found.line}`;
    if ("problem" in found) {
      issues.push({ name: where, message: `${where}: ${found.problem}` });
      continue;
    }
    if (found.value === undefined) continue;
    const value = replaceVariables(found.value, { ...variables, ...env });
    variables[found.name] = value;
    const name = found.name.replace(/^WNM_/, "").toLowerCase();
    const row = found.name === found.name.toUpperCase() ? optionOf(name) : undefined;
    if (row?.typed_only) continue;
    if (row === undefined) {
      const near = nearest(found.name.toLowerCase(), variableNames())?.toUpperCase();
      // A variable of every environment is no mistyped option.
      const is_usual = USUAL.has(found.name) || env[found.name] !== undefined;
      if (isUnknown(name) && near !== undefined && !is_usual)
        warnings.push(`${where}: ${echoed(found.name)} sets nothing; did you mean ${near}?`);
    } else if (value !== "" && value !== "None") {
      given.set(name, { text: value, from: where, layer: "environment" });
    }
  }
  return { given, issues, warnings };
}

/** "${NAME}" and "${NAME:-default}" as python-dotenv replaces them. */
const replaceVariables = (text: string, variables: Readonly<Record<string, string | undefined>>): string =>
  text.replace(
    /\$\{([^}:]*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback: string | undefined) => variables[name] ?? fallback ?? "",
  );

const isUnknown = (name: string): boolean => !(name in MACHINE_SETTINGS) && !PASSIVE_KEYS.has(name);

/** Keys of the machine-config report that are not settings; reading a report back skips them. */
const PASSIVE_KEYS: ReadonlySet<string> = new Set(["id", "cpu_count"]);

/** Merges sources, the strongest first. */
export function strongestOf(...sources: readonly Given[]): Given {
  const merged = new Map<string, Source>();
  for (const source of sources) {
    for (const [name, value] of source) if (!merged.has(name)) merged.set(name, value);
  }
  return merged;
}
