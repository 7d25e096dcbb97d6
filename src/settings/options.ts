import { MACHINE_SETTINGS, SETTING_NAMES, type SettingName, settingOf } from "./machine.ts";
import { nearest } from "./nearest.ts";
import { RUN_OPTION_NAMES, RUN_OPTIONS, runOptionOf } from "./run-options.ts";
import type { Setting } from "./setting.ts";

/** Names of all options that can be given. */
export const OPTION_NAMES: readonly string[] = [
  ...SETTING_NAMES.filter((name) => settingOf(name).stored_only !== true),
  ...RUN_OPTION_NAMES,
];

/** The row of an option of either table; undefined for an unknown name. */
export function optionOf(name: string): Setting<unknown> | undefined {
  if (Object.hasOwn(RUN_OPTIONS, name)) return runOptionOf(name as keyof typeof RUN_OPTIONS);
  const row = Object.hasOwn(MACHINE_SETTINGS, name) ? settingOf(name as SettingName) : undefined;
  return row?.stored_only === true ? undefined : row;
}

/** The end of a message about an unknown option: a suggestion. */
export const suggestion = (name: string): string => {
  const near = nearest(name, OPTION_NAMES);
  return near === undefined ? "; see --help" : `; did you mean --${near}?`;
};
