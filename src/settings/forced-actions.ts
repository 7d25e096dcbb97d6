import {
  FORCED_NODE_ACTIONS,
  type ForcedAction,
  type ForcedActionType,
  forcingOf,
} from "../model/action-types.ts";

/** Forced actions other than those on a node, with their text in --help actions. */
const COMMAND_HELP = {
  teardown: "remove every node with its data; needs --confirm",
  nullop: "store the settings of this call and do nothing else",
  update_config: "like nullop; can also change highest_node_id_used",
  disable_config: "store the switches of this call as off",
  "wnm-db-migration": "say whether the database was written by an older wnm; with --confirm, migrate it now",
  test_alert: "send a test to --alert_url and --ping_url, stored or given, and show the answers",
} as const;

type CommandAction = keyof typeof COMMAND_HELP;
export type ForcedActionName = ForcedAction | CommandAction;

/** The values of --force_action: actions on nodes, then separate commands. */
export const FORCED_ACTIONS: readonly ForcedActionName[] = [
  ...FORCED_NODE_ACTIONS,
  "nullop",
  "update_config",
  "disable_config",
  "wnm-db-migration",
  "test_alert",
];

const isCommand = (name: ForcedActionName): name is CommandAction => Object.hasOwn(COMMAND_HELP, name);

/** A short description of a forced action. */
export const forcedActionHelp = (name: ForcedActionName): string =>
  isCommand(name) ? COMMAND_HELP[name] : forcingOf(name satisfies ForcedActionType).help;
