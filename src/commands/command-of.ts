import { COLONYLESS_COMMANDS, type CommandName } from "../settings/commands.ts";
import { named } from "../settings/layers.ts";
import {
  RUN_OPTION_NAMES,
  type RunOptionName,
  type RunOptions,
  runOptionOf,
} from "../settings/run-options.ts";
import { type Asked, isOn, isTyped } from "./asked.ts";

/** The command of the call; "run" when none is given. Each additional command becomes an issue that names both. */
export function commandOf({ once, given, issue }: Asked): CommandName {
  const all = RUN_OPTION_NAMES.filter((name) => runOptionOf(name).command !== undefined && isOn(once[name]));
  const typed = all.filter((name) => isTyped(name, given));
  // Commands that need no colony are always typed. Beside one, commands in the environment are meant for other calls.
  const [first] = typed;
  const alone = first !== undefined && COLONYLESS_COMMANDS.includes(commandNamed(first, once));
  const commands = (alone ? typed : all).filter(
    (name) =>
      !(name === "force_action" && once.force_action === "survey" && once.report !== undefined) &&
      // With --init it says what the colony is made from; in the environment it is meant for such a call.
      !(name === "import" && (once.init === true || !isTyped(name, given))),
  );
  const [chosen, ...others] = commands;
  if (chosen === undefined) return "run";
  for (const other of others)
    issue(other, `cannot be combined with ${named(chosen, given)}: one call does one thing`);
  return commandNamed(chosen, once);
}

function commandNamed(name: RunOptionName, once: RunOptions): CommandName {
  if (name !== "force_action") return runOptionOf(name).command ?? "run";
  switch (once.force_action) {
    case "teardown":
      return "teardown";
    case "nullop":
    case "update_config":
    case "disable_config":
      return "configure";
    case "wnm-db-migration":
      return "migrate_database";
    case "test_alert":
      return "test_alert";
    default:
      return "force_action";
  }
}
