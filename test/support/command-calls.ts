import { COMMAND_NAMES, type CommandName } from "../../src/settings/commands.ts";

/** Every command, with the fewest arguments that make it a valid call. */
export const RIGHT: Readonly<Record<CommandName, readonly string[]>> = {
  run: [],
  force_action: ["--force_action=stop"],
  teardown: ["--force_action=teardown", "--confirm"],
  configure: ["--force_action=nullop"],
  migrate_database: ["--force_action=wnm-db-migration"],
  test_alert: ["--force_action=test_alert"],
  report: ["--report=node-status"],
  init: ["--init", "--rewards_address=donate"],
  import: ["--import"],
  undo: ["--migrate_anm", "--undo"],
  release: ["--release"],
  remove_lockfile: ["--remove_lockfile"],
  print_sudoers: ["--print_sudoers"],
  export_keys: ["--export_keys=/nowhere/keys"],
  import_keys: ["--import_keys=/nowhere/keys"],
  get_node: ["--get_node"],
  self_upgrade: ["--self_upgrade"],
  dockerfile: ["--dockerfile"],
  completion: ["--completion=bash"],
  print: ["--print=alerts"],
  version: ["--version"],
  help: ["--help"],
};

/** The options that are commands, each as it is typed. */
export const COMMANDS: readonly (readonly [option: string, words: readonly string[]])[] = [
  ...COMMAND_NAMES.flatMap((name) => {
    const [word = "", ...others] = RIGHT[name];
    if (name === "run") return [];
    if (name === "undo") return [["undo", ["--undo", "--migrate_anm"]] as const];
    return [[word.slice(2).split("=")[0] ?? "", [word, ...others]] as const];
  }),
];

/** Every pair of them in one call, except --init --import, which is one command. */
export const PAIRS = COMMANDS.flatMap(([a, first], i) =>
  COMMANDS.slice(i + 1).flatMap(([b, second]) =>
    a === b || (a === "init" && b === "import") ? [] : [{ a, b, words: [...first, ...second] }],
  ),
);
