import {
  COLONYLESS_COMMANDS,
  CONFIGURED_COMMANDS,
  type CommandName,
  shownCommand,
} from "../settings/commands.ts";
import { optionOf } from "../settings/options.ts";
import { RUN_OPTION_NAMES, type RunOptionName, type RunOptions } from "../settings/run-options.ts";
import type { Setting } from "../settings/setting.ts";
import { type Asked, isOn } from "./asked.ts";
import { whyUseless } from "./why-useless.ts";

/** Reports every typed option without effect as an issue; also an unsupported --dry_run, even from a config file. */
export function refuseUseless(command: CommandName, asked: Asked): void {
  const { once, given, issue } = asked;
  for (const [name, { layer }] of given) {
    const row = optionOf(name);
    if (row === undefined || row.command !== undefined) continue;
    if (isOnce(name) ? !isOn(once[name]) : layer !== "command line") continue;
    if (layer !== "command line" && (name !== "dry_run" || COLONYLESS_COMMANDS.includes(command))) continue;
    const fits = commandsOf(row);
    const because = fits.includes(command)
      ? whyUseless(name, asked, command)
      : `does nothing with ${shownOf(command, once)}; ${whereItFits(name, fits)}`;
    if (because !== undefined) issue(name, because);
  }
}

/** The command of this call as one would type it. */
const shownOf = (command: CommandName, once: RunOptions): string =>
  command !== "undo" && once.force_action !== undefined && once.report === undefined
    ? `--force_action ${once.force_action}`
    : shownCommand(command);

const MOST_NAMED = 4;

const whereItFits = (name: string, fits: readonly CommandName[]): string =>
  fits.length > MOST_NAMED ? `see wnm --help ${name}` : `it goes with ${fits.map(shownCommand).join(", ")}`;

const isOnce = (name: string): name is RunOptionName => RUN_OPTION_NAMES.some((known) => known === name);

const commandsOf = (row: Setting<unknown>): readonly CommandName[] => row.goes_with ?? CONFIGURED_COMMANDS;
