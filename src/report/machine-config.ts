import {
  type MachineConfig,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  withoutSecrets,
} from "../settings/machine.ts";
import { shownValue } from "../settings/setting.ts";
import type { Pairs } from "./pairs.ts";

/** The machine that the settings belong to. */
export type ConfigPlace = {
  readonly cpu_count: number;
  readonly database: string;
  /** Unreadable settings with their stored text, which is shown instead of the default in use. */
  readonly unreadable?: ReadonlyMap<SettingName, string>;
};

/** The colony's settings in the order of their table, with the machine's facts around them. */
export const machineConfig = (config: MachineConfig, place: ConfigPlace): Pairs =>
  framed(place, pairsOf(withoutSecrets(config), place));

const pairsOf = (shown: Partial<MachineConfig>, place: ConfigPlace): Pairs =>
  SETTING_NAMES.map((name) => [name, place.unreadable?.get(name) ?? inJson(name, shown[name])]);

/** The same, each value as the text that sets it. */
export const machineConfigText = (config: MachineConfig, place: ConfigPlace): Pairs =>
  framed(
    place,
    SETTING_NAMES.map((name) => [name, place.unreadable?.get(name) ?? shownSetting(name, config)]),
  );

/** A list is shown as the text that sets it, as scripts for Python wnm's report expect for a folder. */
const inJson = (name: SettingName, value: unknown): unknown =>
  Array.isArray(value) ? settingOf(name).show(value) : value;

/** The same in a form that can be read back, so without blanked secrets, which would replace the stored ones. */
export const machineConfigToRead = (config: MachineConfig, place: ConfigPlace): Pairs =>
  machineConfigText(config, place).filter(
    ([name]) => !SETTING_NAMES.some((known) => known === name && settingOf(known).blank !== undefined),
  );

const shownSetting = (name: SettingName, config: MachineConfig): string =>
  shownValue(settingOf(name), config[name]);

const framed = ({ cpu_count, database }: ConfigPlace, settings: Pairs): Pairs => [
  ["id", 1],
  ["cpu_count", cpu_count],
  ...settings,
  ["dbpath", `sqlite:///${database}`],
];
