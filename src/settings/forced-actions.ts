import {
  FORCED_NODE_ACTIONS,
  type ForcedAction,
  type ForcedActionType,
  forcingOf,
} from "../model/action-types.ts";

/** Forced actions that are not an action on a node, with what --help actions says about them. */
const COMMAND_HELP = {
  teardown: "remove every node with its data; needs --confirm",
  nullop: "store the settings of this call and do nothing else",
  update_config: "like nullop; can also change highest_node_id_used",
  disable_config: "store the switches of this call as off",
  "wnm-db-migration": "say whether the database is of an older wnm; with --confirm, migrate it now",
  test_alert: "send a test to --alert_url and --ping_url, stored or given, and show the answers",
} as const;

type CommandAction = keyof typeof COMMAND_HELP;
export type ForcedActionName = ForcedAction | CommandAction;

/** What --force_action takes: actions on nodes, then those that are commands of their own. */
export const FORCED_ACTIONS: readonly ForcedActionName[] = [
  ...FORCED_NODE_ACTIONS,
  "nullop",
  "update_config",
  "disable_config",
  "wnm-db-migration",
  "test_alert",
];

const isCommand = (name: ForcedActionName): name is CommandAction => Object.hasOwn(COMMAND_HELP, name);

/** What a forced action does, in a few words. */
export const forcedActionHelp = (name: ForcedActionName): string =>
  isCommand(name) ? COMMAND_HELP[name] : forcingOf(name satisfies ForcedActionType).help;
