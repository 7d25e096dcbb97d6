import { NODE_COLUMNS } from "../model/node-columns.ts";
import { NODE_STATUSES } from "../model/node-status.ts";
import { COLONY_COMMANDS, WORKING_COMMANDS } from "./commands.ts";
import { FORCED_ACTIONS } from "./forced-actions.ts";
import { choice, flag, upperChoice } from "./kinds/choices.ts";
import { eventKinds, moment } from "./kinds/moments.ts";
import { nodeNames } from "./kinds/node-names.ts";
import { count, everySeconds, milliseconds } from "./kinds/numbers.ts";
import { release } from "./kinds/releases.ts";
import { file, optionalText, path } from "./kinds/texts.ts";
import { someOf } from "./kinds/word-lists.ts";
import { PRINTED } from "./printed.ts";
import { FORMATS, REPORTS } from "./reports.ts";
import type { Setting, ValueOf } from "./setting.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

const none = { default: undefined as never };

/** Options of one run, which are never stored. A row is a flag and an environment name of the same spelling. */
export const RUN_OPTIONS = {
  init: flag({
    command: "init",
    prefixed: true,
    group: "start",
    default: false,
    help: "Create the colony; needs --rewards_address",
  }),
  create_user: flag({
    goes_with: ["init"],
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init in a sudo mode: create the account that the nodes run as",
  }),
  print_sudoers: flag({
    command: "print_sudoers",
    prefixed: true,
    group: "start",
    default: false,
    help: "Print the sudo rules that the sudo modes need",
  }),
  import: flag({
    command: "import",
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init: make a colony of the nodes that are there; alone: take those into the colony that it does not have; add --dry_run to only list them",
  }),
  migrate_anm: flag({
    goes_with: ["init", "undo"],
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init: take over from anm; with --undo: restore anm",
  }),
  undo: flag({
    command: "undo",
    prefixed: true,
    group: "start",
    default: false,
    help: "With --migrate_anm: restore anm as it was",
  }),
  release: flag({
    command: "release",
    prefixed: true,
    group: "start",
    default: false,
    help: "Stop managing: remove wnm from cron; leave every node, unit and file as it is",
  }),
  dry_run: flag({
    goes_with: [
      ...WORKING_COMMANDS,
      "configure",
      "migrate_database",
      "init",
      "import",
      "get_node",
      "self_upgrade",
    ],
    group: "run",
    default: false,
    help: "Show what a run would store and do; change nothing",
  }),
  force_action: choice(FORCED_ACTIONS)({
    command: "force_action",
    ...none,
    group: "run",
    help: "Do this instead of deciding; see wnm --help actions",
  }),
  service_name: nodeNames({
    goes_with: ["force_action", "report", "import"],
    ...none,
    group: "run",
    help: "Nodes that --force_action or --report applies to; with --import: those that its dry run shows by these names",
  }),
  count: count({
    goes_with: ["force_action"],
    group: "run",
    default: 1,
    help: "How many nodes --force_action applies to",
  }),
  to: path({
    goes_with: ["force_action"],
    prefixed: true,
    ...none,
    group: "run",
    help: "With --force_action move: the storage to move to",
  }),
  from: path({
    goes_with: ["force_action", "import"],
    prefixed: true,
    ...none,
    group: "run",
    help: "With --force_action move: only nodes of this storage; all of them without --count. With --import: only nodes in this folder",
  }),
  enable_upgrade: flag({
    goes_with: ["run", "force_action", "get_node"],
    group: "run",
    default: false,
    help: "Upgrade outdated nodes to the program at --antnode_path; with --get_node: look for a release once a day, then do a run",
  }),
  confirm: flag({
    goes_with: [
      "run",
      "force_action",
      "teardown",
      "configure",
      "migrate_database",
      "import_keys",
      "init",
      "get_node",
    ],
    prefixed: true,
    group: "run",
    default: false,
    help: "Confirm what costs more than three nodes, a teardown, wnm-db-migration, --replace_generation, --import_keys from another machine, --init of root beside a user's colony, --get_node of a version that nodes cannot run, or giving up a named node whose disk is lost",
  }),
  export_keys: file({
    command: "export_keys",
    prefixed: true,
    ...none,
    group: "keys",
    help: "Write the identities of all nodes to this new file; anyone who has it can impersonate them",
  }),
  import_keys: file({
    command: "import_keys",
    prefixed: true,
    ...none,
    group: "keys",
    help: "Restore identities from such a file to nodes of the same number that have lost theirs",
  }),
  report: choice(REPORTS)({
    command: "report",
    ...none,
    group: "report",
    help: "Print this report; see wnm --help reports",
  }),
  since: moment({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report history: from this time on; the last day when not given",
  }),
  until: moment({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report history: up to this time",
  }),
  kind: eventKinds({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report history: only events of these kinds",
  }),
  watch: everySeconds({
    goes_with: ["report"],
    typed_only: true,
    alone: "5",
    ...none,
    group: "report",
    help: "Show --report overview at a terminal and redraw it every so many seconds; q quits. It only reads; with --force_action survey it asks the nodes each time",
  }),
  status: someOf(
    NODE_STATUSES,
    "node statuses",
  )({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report node-status: only nodes of these statuses",
  }),
  sort: choice([...NODE_COLUMNS, ...NODE_COLUMNS.map((name) => `-${name}` as const)])({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report node-status: sort by this column; with - in front, the largest first",
  }),
  columns: someOf(
    NODE_COLUMNS,
    "columns",
  )({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report node-status: the columns of its table",
  }),
  report_format: choice(FORMATS)({
    goes_with: ["report"],
    group: "report",
    default: "text",
    help: "Format of the report",
  }),
  json: flag({
    goes_with: [...WORKING_COMMANDS, "configure", "report", "init", "import"],
    prefixed: true,
    group: "report",
    default: false,
    help: "Print the report, or the result of the run, as JSON",
  }),
  output: file({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "Write the report to this file instead, atomically and readable by everyone",
  }),
  bundle: file({
    goes_with: ["report"],
    prefixed: true,
    ...none,
    group: "report",
    help: "With --report doctor: write what a helper needs to this new file; addresses, names and keys are blanked",
  }),
  check_releases: flag({
    goes_with: ["report"],
    prefixed: true,
    group: "report",
    default: false,
    help: "With --report doctor: also look for newer releases of wnm and of the node program",
  }),
  this_survey_delay: milliseconds({
    goes_with: [...WORKING_COMMANDS, "report"],
    ...none,
    group: "run",
    help: "survey_delay for this run only",
  }),
  this_action_delay: milliseconds({
    goes_with: WORKING_COMMANDS,
    ...none,
    group: "run",
    help: "action_delay for this run only",
  }),
  interval: milliseconds({
    goes_with: WORKING_COMMANDS,
    ...none,
    group: "run",
    help: "Same as --this_action_delay, and overrides it",
  }),
  config: file({
    goes_with: COLONY_COMMANDS,
    prefixed: true,
    ...none,
    group: "files",
    help: "Read settings from this file (-c)",
  }),
  dbpath: optionalText({
    goes_with: COLONY_COMMANDS,
    default: undefined,
    group: "files",
    help: "Database file: a path or sqlite:///path",
  }),
  remove_lockfile: flag({
    command: "remove_lockfile",
    prefixed: true,
    group: "other",
    default: false,
    help: "Remove a lock file that was left behind, and explain it",
  }),
  loglevel: upperChoice(LOG_LEVELS)({
    goes_with: COLONY_COMMANDS,
    group: "log",
    default: "INFO",
    help: "Lowest level of lines to print",
  }),
  verbose: flag({
    goes_with: WORKING_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Also print settings, metrics and decisions (-v)",
  }),
  quiet: flag({
    goes_with: COLONY_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Print only errors (-q)",
  }),
  show_machine_config: flag({
    goes_with: WORKING_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Log the settings",
  }),
  show_machine_metrics: flag({
    goes_with: WORKING_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Log the machine's metrics",
  }),
  show_decisions: flag({
    goes_with: WORKING_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Log each threshold with its reading",
  }),
  timings: flag({
    goes_with: COLONY_COMMANDS,
    prefixed: true,
    group: "log",
    default: false,
    help: "Print how many milliseconds each stage of the run took",
  }),
  rust_backtrace: optionalText({
    goes_with: [...WORKING_COMMANDS, "report"],
    default: undefined,
    group: "antctl",
    help: "RUST_BACKTRACE for antctl",
  }),
  dockerfile: flag({
    command: "dockerfile",
    typed_only: true,
    group: "container",
    default: false,
    help: "Print a Dockerfile for --docker_image",
  }),
  completion: choice(SHELLS)({
    command: "completion",
    typed_only: true,
    ...none,
    group: "other",
    help: "Print the completion script for this shell",
  }),
  print: choice(PRINTED)({
    command: "print",
    typed_only: true,
    ...none,
    group: "report",
    help: "Print a dashboard for Grafana, rules for Prometheus, or lines for Alertmanager or Telegraf; see wnm --help prometheus",
  }),
  get_node: release({
    command: "get_node",
    typed_only: true,
    alone: "latest",
    ...none,
    group: "release",
    help: "Fetch the node program of this version, or the latest, verify it, and put it at --antnode_path",
  }),
  node_archive: file({
    goes_with: ["get_node"],
    typed_only: true,
    ...none,
    group: "release",
    help: "With --get_node: take this file instead of a download; its signature is FILE.sig",
  }),
  self_upgrade: flag({
    command: "self_upgrade",
    typed_only: true,
    group: "other",
    default: false,
    help: "Replace this program with the latest release, after checking its signature",
  }),
  version: flag({
    command: "version",
    typed_only: true,
    group: "other",
    default: false,
    help: "Print the version",
  }),
  help: flag({
    command: "help",
    typed_only: true,
    group: "other",
    default: false,
    help: "Explain wnm, one option or topic (--help NAME), or all options (--help all) (-h)",
  }),
} satisfies Record<string, Setting<unknown>>;

export type RunOptionName = keyof typeof RUN_OPTIONS;

/** The options of this run; undefined where none was given and there is no default. */
export type RunOptions = { readonly [K in RunOptionName]: ValueOf<(typeof RUN_OPTIONS)[K]> | undefined };

export const RUN_OPTION_NAMES = Object.keys(RUN_OPTIONS) as readonly RunOptionName[];

/** The row of an option with its value type widened, for code that treats all options alike. */
export const runOptionOf = (name: RunOptionName): Setting<unknown> => RUN_OPTIONS[name];
