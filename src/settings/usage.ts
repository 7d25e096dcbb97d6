import { EXIT } from "../errors.ts";
import type { Setting } from "./kinds.ts";
import { MACHINE } from "./machine.ts";
import { ONCE } from "./once.ts";
import { nearest, OPTION_NAMES, optionOf } from "./sources.ts";

const EXIT_TEXT: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.done, "done; also when there was nothing to do"],
  [EXIT.failed, "failed"],
  [EXIT.usage, "wrong option or value; nothing was changed"],
  [EXIT.actions_failed, "some actions failed"],
  [EXIT.not_initialised, "there is no colony yet"],
  [EXIT.refused, "refused, because nodes could lose their data"],
  [EXIT.locked, "another wnm is at work"],
];

/** Groups of options in the order of help, with what each is about. */
const GROUPS: Readonly<Record<string, string>> = {
  start: "Beginning",
  run: "What this run does",
  report: "Reports",
  log: "What is logged",
  files: "Files",
  other: "Other",
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
};

const COMMANDS = `wnm keeps as many Autonomi nodes running as this machine can carry.

  wnm --init --rewards_address 0x…            create the colony
  wnm                                         one run; cron does this every minute
  wnm --dry_run                               show what a run would do, and why
  wnm --report node-status                    show the nodes
  wnm --force_action stop --service_name 1    do something to a node by hand
`;

const FILES = `Files (user mode; in sudo mode below /var/antctl):
  ~/.local/share/autonomi/colony.db   settings and nodes
  ~/.local/share/autonomi/node        the nodes' folders
  ~/.local/share/autonomi/logs        the nodes' logs
  ~/.local/share/autonomi/.env        NAME=value lines, read on each run
  ~/.local/share/wnm/config           the same; also ~/wnm/config, or -c FILE
Strongest first: command line, environment, config file, .env, what is stored, the default.
`;

const exitCodes = (): string =>
  `Exit codes:\n${EXIT_TEXT.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}\n`).join("")}`;

const groupsOf = (): readonly (readonly [title: string, names: readonly string[]])[] => {
  const grouped = Map.groupBy(OPTION_NAMES, (name) => optionOf(name)?.group ?? "other");
  const order = [...new Set([...Object.keys(GROUPS), ...grouped.keys()])];
  return order.flatMap((group) => {
    const names = grouped.get(group);
    return names === undefined ? [] : [[GROUPS[group] ?? group, names] as const];
  });
};

/** The text of --help: what a newcomer needs, and the names of everything else. */
export function shortHelp(): string {
  const groups = groupsOf().map(
    ([title, names]) => `${title}:\n${wrapped(names.map((name) => `--${name}`))}`,
  );
  return [
    COMMANDS,
    ...groups,
    "--kebab-case works too. wnm --help NAME explains one option, wnm --help all explains all.\n",
    exitCodes(),
    FILES,
  ].join("\n");
}

/** The text of --help all. */
export function fullHelp(): string {
  const groups = groupsOf().map(([title, names]) => `${title}:\n${names.map(explained).join("")}`);
  return [COMMANDS, ...groups, exitCodes(), FILES].join("\n");
}

/** The text of --help NAME; undefined when there is no such option. */
export function helpOn(topic: string): string | undefined {
  const name = topic.replace(/^--?/, "").replaceAll("-", "_").toLowerCase().replace(/^wnm_/, "");
  if (name === "all") return fullHelp();
  return optionOf(name) === undefined ? undefined : explained(name);
}

/** What to say of a topic that there is not. */
export const noSuchTopic = (topic: string): string => {
  const near = nearest(topic.replace(/^--?/, "").replaceAll("-", "_"), OPTION_NAMES);
  return `--help (command line): there is no option ${topic}${near === undefined ? "; expected: all, or the name of an option" : `; did you mean ${near}?`}`;
};

function explained(name: string): string {
  const row = optionOf(name) as Setting<unknown>;
  const facts = [
    `default: ${defaultOf(row)}`,
    row.typed_only ? "command line only" : `environment: ${environmentNames(name, row).join(" or ")}`,
    changeOf(name, row),
  ];
  return `  --${name}${row.is_switch ? "[=true|false]" : ` <${row.hint}>`}\n      ${row.help}\n      [${facts.join("; ")}]\n`;
}

const environmentNames = (name: string, row: Setting<unknown>): readonly string[] => {
  const plain = name.toUpperCase();
  return row.prefixed ? [`WNM_${plain}`] : [`WNM_${plain}`, plain];
};

function defaultOf(row: Setting<unknown>): string {
  if (typeof row.default === "function") return "by machine";
  if (row.is_switch) return row.default === true ? "on" : "off";
  const shown = row.default === undefined ? "" : row.show(row.default);
  return shown === "" ? "none" : shown;
}

const changeOf = (name: string, row: Setting<unknown>): string => {
  if (name in ONCE) return "for this run only";
  if (row.change === "at init") return "stored; fixed at init";
  return row.change === "any time"
    ? "stored; can change any time"
    : "stored; changes with --force_action update_config";
};

/** The README's table of settings (Markdown), one line an option that is stored. */
export function settingsTable(): string {
  const head = "| Option | Unit | Default | Changes | What it does |\n|---|---|---|---|---|\n";
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = Object.keys(MACHINE).flatMap((name) => {
    const row = optionOf(name);
    if (row === undefined) return [];
    const change = changeOf(name, row).replace(/^stored; (?:can change )?/, "");
    return [
      `| \`--${name}\` | ${cell(row.hint)} | ${cell(defaultOf(row))} | ${cell(change)} | ${cell(row.help)} |\n`,
    ];
  });
  return head + rows.join("");
}

/** Words in lines of at most 100 characters. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of words) {
    if (line.length + word.length > 99) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join("\n")}\n`;
}
