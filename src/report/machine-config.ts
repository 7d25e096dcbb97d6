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
  /** Settings that cannot be read, with what is stored; that is shown instead of the default in use. */
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

/** A list is the text that sets it, as one folder is for scripts that read Python wnm's report. */
const inJson = (name: SettingName, value: unknown): unknown =>
  Array.isArray(value) ? settingOf(name).show(value) : value;

/** The same for programs that read it back: without what is blanked, which would take the place of what is stored. */
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
