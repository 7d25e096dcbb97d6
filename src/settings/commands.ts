/** All commands. A call is exactly one of them; each has a module in src/commands. */
export const COMMAND_NAMES = [
  "run",
  "force_action",
  "teardown",
  "configure",
  "migrate_database",
  "test_alert",
  "report",
  "init",
  "import",
  "undo",
  "release",
  "remove_lockfile",
  "print_sudoers",
  "export_keys",
  "import_keys",
  "get_node",
  "self_upgrade",
  "dockerfile",
  "completion",
  "print",
  "version",
  "help",
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** Commands that make a plan and, except in a dry run, execute it. */
export const WORKING_COMMANDS: readonly CommandName[] = ["run", "force_action", "teardown"];

/** Commands that do not use a colony. */
export const COLONYLESS_COMMANDS: readonly CommandName[] = [
  "self_upgrade",
  "dockerfile",
  "completion",
  "print",
  "version",
  "help",
];

/** Commands that read or change a colony. */
export const COLONY_COMMANDS: readonly CommandName[] = COMMAND_NAMES.filter(
  (name) => !COLONYLESS_COMMANDS.includes(name),
);

/** Commands that use the settings of the machine. */
export const CONFIGURED_COMMANDS: readonly CommandName[] = [
  ...WORKING_COMMANDS,
  "configure",
  "report",
  "init",
];

/** Commands that use the alert settings. */
export const ALERTING_COMMANDS: readonly CommandName[] = [...CONFIGURED_COMMANDS, "test_alert"];

const SHOWN: Partial<Readonly<Record<CommandName, string>>> = {
  run: "a plain run",
  teardown: "--force_action teardown",
  configure: "--force_action update_config",
  migrate_database: "--force_action wnm-db-migration",
  test_alert: "--force_action test_alert",
  undo: "--migrate_anm --undo",
};

/** The command as typed. */
export const shownCommand = (name: CommandName): string => SHOWN[name] ?? `--${name}`;
