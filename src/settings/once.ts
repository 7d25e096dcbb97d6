import {
  choice,
  count,
  file,
  flag,
  millis,
  nodeNames,
  optionalText,
  type Setting,
  upperChoice,
} from "./kinds.ts";

export const FORCED_ACTIONS = [
  "add",
  "remove",
  "upgrade",
  "start",
  "stop",
  "restart",
  "disable",
  "enable",
  "teardown",
  "survey",
  "nullop",
  "update_config",
  "disable_config",
  "wnm-db-migration",
] as const;
export const REPORTS = [
  "node-status",
  "node-status-details",
  "influx-resources",
  "machine-config",
  "machine-metrics",
  "influx-ntracking",
  "prometheus",
] as const;
export const FORMATS = ["text", "json", "env", "config"] as const;
export const SHELLS = ["bash", "zsh", "fish"] as const;
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

const none = { default: undefined as never };

/** Options of one run: never stored. A row is a flag and an environment name of the same spelling. */
export const ONCE = {
  init: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "Create the colony; needs --rewards_address",
  }),
  create_user: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init in a sudo mode: make the account that the nodes run as",
  }),
  print_sudoers: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "Print the sudo rules that the sudo modes need",
  }),
  import: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init: take over nodes that run without a colony; with --dry_run it only shows them",
  }),
  migrate_anm: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "With --init: take over from anm; with --undo: put anm back",
  }),
  undo: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "With --migrate_anm: put anm back as it was",
  }),
  release: flag({
    prefixed: true,
    group: "start",
    default: false,
    help: "Stop managing: remove wnm's cron entry and leave every node, unit and file as it is",
  }),
  dry_run: flag({ group: "run", default: false, help: "Show what a run would store and do; change nothing" }),
  force_action: choice(FORCED_ACTIONS)({ ...none, group: "run", help: "Do this instead of deciding" }),
  service_name: nodeNames({
    ...none,
    group: "run",
    help: "The nodes that --force_action or --report is about",
  }),
  count: count({ group: "run", default: 1, help: "How many nodes --force_action is about" }),
  enable_upgrade: flag({
    group: "run",
    default: false,
    help: "Allow upgrades of nodes to the program at --antnode_path",
  }),
  confirm: flag({
    prefixed: true,
    group: "run",
    default: false,
    help: "Yes, really: for teardown, wnm-db-migration, --replace_generation, and --import_keys of another machine",
  }),
  export_keys: file({
    prefixed: true,
    ...none,
    group: "keys",
    help: "Write the identities of all nodes to this new file; who has it can be these nodes",
  }),
  import_keys: file({
    prefixed: true,
    ...none,
    group: "keys",
    help: "Put identities from such a file back, for nodes of the same number that have lost theirs",
  }),
  report: choice(REPORTS)({ ...none, group: "report", help: "Print this report" }),
  report_format: choice(FORMATS)({ group: "report", default: "text", help: "How the report is written" }),
  json: flag({
    prefixed: true,
    group: "report",
    default: false,
    help: "JSON: of the report, or of the run's result",
  }),
  output: file({
    prefixed: true,
    ...none,
    group: "report",
    help: "Write the report to this file instead, whole or not at all, readable by all",
  }),
  this_survey_delay: millis({ ...none, group: "run", help: "survey_delay of this run only" }),
  this_action_delay: millis({ ...none, group: "run", help: "action_delay of this run only" }),
  interval: millis({ ...none, group: "run", help: "Like --this_action_delay, and stronger" }),
  config: file({ prefixed: true, ...none, group: "files", help: "Read settings from this file (-c)" }),
  dbpath: optionalText({
    default: undefined,
    group: "files",
    help: "The database, a path or sqlite:///path",
  }),
  remove_lockfile: flag({
    prefixed: true,
    group: "other",
    default: false,
    help: "Explain and clear the lock file",
  }),
  loglevel: upperChoice(LOG_LEVELS)({
    group: "log",
    default: "INFO",
    help: "Least important lines to print",
  }),
  verbose: flag({
    prefixed: true,
    group: "log",
    default: false,
    help: "Also show settings, metrics and decisions (-v)",
  }),
  quiet: flag({ prefixed: true, group: "log", default: false, help: "Only errors (-q)" }),
  show_machine_config: flag({ prefixed: true, group: "log", default: false, help: "Log the settings" }),
  show_machine_metrics: flag({
    prefixed: true,
    group: "log",
    default: false,
    help: "Log the machine's measurements",
  }),
  show_decisions: flag({ prefixed: true, group: "log", default: false, help: "Log what the thresholds say" }),
  timings: flag({
    prefixed: true,
    group: "log",
    default: false,
    help: "Print the milliseconds of each stage of the run",
  }),
  rust_backtrace: optionalText({ default: undefined, group: "antctl", help: "RUST_BACKTRACE of antctl" }),
  dockerfile: flag({
    typed_only: true,
    group: "container",
    default: false,
    help: "Print a Dockerfile for --docker_image and end",
  }),
  completion: choice(SHELLS)({
    typed_only: true,
    ...none,
    group: "other",
    help: "Print the completion script of this shell",
  }),
  self_upgrade: flag({
    typed_only: true,
    group: "other",
    default: false,
    help: "Replace this program by the latest release, after checking its signature; goes with --dry_run",
  }),
  version: flag({ typed_only: true, group: "other", default: false, help: "Print the version" }),
  help: flag({
    typed_only: true,
    group: "other",
    default: false,
    help: "Explain wnm, all options (--help all), or one (--help NAME) (-h)",
  }),
} satisfies Record<string, Setting<unknown>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;

export type OnceName = keyof typeof ONCE;

/** What this run was asked; undefined where nothing was given and there is no default. */
export type OnceValues = { readonly [K in OnceName]: ValueOf<(typeof ONCE)[K]> | undefined };

export const ONCE_NAMES = Object.keys(ONCE) as readonly OnceName[];

/** The row of an option with its value type widened. */
export const onceOf = (name: OnceName): Setting<unknown> => ONCE[name];
