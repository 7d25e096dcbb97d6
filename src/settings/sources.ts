import * as v from "valibot";
import { parseAssignments } from "./assignments.ts";
import type { Given, Issue, Source } from "./given.ts";
import type { Setting } from "./kinds.ts";
import { MACHINE, SETTING_NAMES, type SettingName, settingOf } from "./machine.ts";
import { ONCE, ONCE_NAMES, onceOf } from "./once.ts";

/**
 * Names that shells, containers and node programs have a use of their own for; taken from the environment only when
 * they fit, with a warning.
 */
export const AMBIGUOUS_NAMES: readonly string[] = [
  "host",
  "count",
  "report",
  "interval",
  "environment",
  "evm_network",
  "network_mode",
];

/** Names of every option that can be given. */
export const OPTION_NAMES: readonly string[] = [
  ...SETTING_NAMES.filter((name) => settingOf(name).stored_only !== true),
  ...ONCE_NAMES,
];

/** The row of an option of either table; undefined when there is none of that name. */
export function optionOf(name: string): Setting<unknown> | undefined {
  if (Object.hasOwn(ONCE, name)) return onceOf(name as keyof typeof ONCE);
  const row = Object.hasOwn(MACHINE, name) ? settingOf(name as SettingName) : undefined;
  return row?.stored_only === true ? undefined : row;
}

/** The end of a message about a name that is no option: the one that was probably meant. */
export const suggestion = (name: string): string => {
  const near = nearest(name, OPTION_NAMES);
  return near === undefined ? "; see --help" : `; did you mean --${near}?`;
};

/** The most similar of the candidates, if one is similar at all. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const far = editDistance(word, candidate);
    if (far < least) {
      least = far;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Options from the environment: WNM_NAME, else NAME where that name is not likely to be somebody else's. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): {
  given: Given;
  warnings: readonly string[];
} {
  const given = new Map<string, Source>();
  const ambiguous: string[] = [];
  const misspelled: string[] = [];
  // By what is there and not by what might be: of 150 options few are set.
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
        ambiguous.push(`${plain}=${text}`);
      }
    }
    given.set(name, { text, from: `environment ${variable}`, layer: "environment" });
  }
  return { given, warnings: [...ambiguityWarning(ambiguous), ...misspelled] };
}

/** A value that fits may be meant; a host's name is what shells put into HOST, so only an address counts there. */
const meant = (name: string, row: Setting<unknown>, text: string): boolean =>
  v.safeParse(row.text, text).success && (name !== "host" || /^(localhost|\d+(\.\d+){3})$/.test(text));

const ambiguityWarning = (ambiguous: readonly string[]): readonly string[] => {
  if (ambiguous.length === 0) return [];
  const names = ambiguous.map((pair) => pair.slice(0, pair.indexOf("=")));
  return [
    `${ambiguous.join(", ")} in the environment is taken as --${names.join(", --").toLowerCase()}; write ${names.map((name) => `WNM_${name}`).join(", ")} to mean it, or unset ${names.join(", ")}`,
  ];
};

/** Names of Python wnm's environment that set nothing here. */
const RETIRED: ReadonlySet<string> = new Set(["test_mode", "firewall_disabled"]);

/** A warning of a variable that looks like a WNM_NAME with a typing error; `name` is what stands behind WNM_. */
function misspelling(variable: string, name: string): readonly string[] {
  const known = optionOf(name) !== undefined || RETIRED.has(name);
  const near = known ? undefined : nearest(name, OPTION_NAMES);
  return near === undefined
    ? []
    : [`${variable} in the environment sets nothing; did you mean WNM_${near.toUpperCase()}?`];
}

/** Options from the text of a config file or .env file. */
export function fromAssignments(text: string, from: string): { given: Given; issues: readonly Issue[] } {
  const given = new Map<string, Source>();
  const issues: Issue[] = [];
  for (const found of parseAssignments(text)) {
    const where = `${from}, line ${found.line}`;
    if ("problem" in found) {
      issues.push({ name: where, message: `${where}: ${found.problem}` });
      continue;
    }
    const name = found.name.toLowerCase().replaceAll("-", "_").replace(/^wnm_/, "");
    const row = optionOf(name);
    if (row?.typed_only) {
      issues.push({ name, message: `--${name} (${where}): belongs on the command line, not into a file` });
    } else if (row !== undefined) {
      // Python wnm writes None for what is not set.
      const value = found.value === "None" ? "" : (found.value ?? "true");
      given.set(name, { text: value, from: where, layer: "file" });
    } else if (!(name in MACHINE) && !PASSIVE_KEYS.has(name)) {
      issues.push({ name, message: `${where}: unknown setting ${found.name}${suggestion(name)}` });
    }
  }
  return { given, issues };
}

/** Keys of the machine-config report that tell but do not set; reading a report back passes over them. */
const PASSIVE_KEYS: ReadonlySet<string> = new Set(["id", "cpu_count"]);

/** Joins sources, the strongest first. */
export function strongestOf(...sources: readonly Given[]): Given {
  const merged = new Map<string, Source>();
  for (const source of sources) {
    for (const [name, value] of source) if (!merged.has(name)) merged.set(name, value);
  }
  return merged;
}
