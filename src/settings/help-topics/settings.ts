import { SETTING_NAMES } from "../machine.ts";
import { explainedGroups } from "../option-help.ts";
import { optionOf } from "../options.ts";

const SOURCES = `Settings are stored in the colony. One that you give to a run counts in that run and is stored.

    wnm --node_cap 30
    wnm --help cpu_remove

Strongest first: command line, WNM_NAME in the environment, NAME in the environment,
~/.local/share/wnm/.env, -c FILE, ~/wnm/config, ~/.local/share/wnm/config, .env in the colony's
folder, what is stored, the default.
Config files and .env hold lines NAME=value; an unknown name is a warning.
The environment needs WNM_NAME where it says so below.
"" clears a setting (--environment ""); =false turns a switch off (--no_upnp=false).
`;

/** Where settings come from, and every setting that is stored. */
export const settingsTopic = (): string =>
  [SOURCES, ...explainedGroups(SETTING_NAMES.filter((name) => optionOf(name) !== undefined))].join("\n");
