import { OPTION_NAMES, optionOf } from "./options.ts";
import { RUN_OPTIONS } from "./run-options.ts";
import type { Setting } from "./setting.ts";

/** Groups of options in the order of help, with their titles. */
const GROUPS: Readonly<Record<string, string>> = {
  start: "Beginning and ending",
  run: "What this run does",
  report: "Reports",
  keys: "Identities of nodes",
  log: "What is logged",
  files: "Files",
  size: "How many nodes",
  grow: "When nodes are added or started",
  shed: "When nodes are stopped or removed",
  pace: "How fast",
  wallet: "Who is paid",
  node: "How nodes run",
  paths: "Where things are",
  ports: "Ports",
  antctl: "antctl",
  container: "Containers",
  release: "Node programs from their project",
  alerts: "Alerts",
  other: "Other",
};

export type OptionGroup = { readonly title: string; readonly names: readonly string[] };

/** The groups of these options, in the order of help. */
export function groupsOf(names: readonly string[] = OPTION_NAMES): readonly OptionGroup[] {
  const grouped = Map.groupBy(names, (name) => optionOf(name)?.group ?? "other");
  return Object.entries(GROUPS).flatMap(([group, title]) => {
    const members = grouped.get(group);
    return members === undefined ? [] : [{ title, names: members }];
  });
}

/** Describes an option: its effect, unit, default, environment names, and when it can change; "" for an unknown name. */
export function explained(name: string): string {
  const row = optionOf(name);
  if (row === undefined) return "";
  const facts = [
    `default: ${defaultOf(row)}`,
    row.typed_only ? "command line only" : `environment: ${environmentNames(name, row).join(" or ")}`,
    changeOf(name, row),
  ];
  return `  --${name}${valueHint(row)}\n      ${row.help}\n      [${facts.join("; ")}]\n`;
}

function valueHint({ is_switch, alone, hint }: Setting<unknown>): string {
  if (is_switch) return "[=true|false]";
  return alone === undefined ? ` <${hint}>` : ` [<${hint}>]`;
}

/** The groups with every option explained. */
export const explainedGroups = (names?: readonly string[]): readonly string[] =>
  groupsOf(names).map((group) => `${group.title}:\n${group.names.map(explained).join("")}`);

const environmentNames = (name: string, row: Setting<unknown>): readonly string[] => {
  const plain = name.toUpperCase();
  return row.prefixed ? [`WNM_${plain}`] : [`WNM_${plain}`, plain];
};

function defaultOf(row: Setting<unknown>): string {
  if (typeof row.default === "function") return "depends on the machine";
  if (row.is_switch) return row.default === true ? "on" : "off";
  const shown = row.default === undefined ? "" : row.show(row.default);
  return shown === "" ? "none" : shown;
}

const changeOf = (name: string, row: Setting<unknown>): string => {
  if (name in RUN_OPTIONS) return "for this run only";
  if (row.change === "at init") return "stored; fixed at init";
  return row.change === "any time"
    ? "stored; can change any time"
    : "stored; changes with --force_action update_config";
};
