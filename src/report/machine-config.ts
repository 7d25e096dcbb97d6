import { type MachineConfig, SETTING_NAMES, settingOf } from "../settings/machine.ts";

/** A report as ordered pairs; undefined is unknown. */
export type Pairs = readonly (readonly [key: string, value: unknown])[];

/** The machine that a configuration is of. */
export type ConfigPlace = { readonly cpu_count: number; readonly database: string };

/** The colony's settings in the order of the table, with what belongs to them. */
export const machineConfig = (config: MachineConfig, place: ConfigPlace): Pairs =>
  framed(
    place,
    SETTING_NAMES.map((name) => [name, config[name]]),
  );

/** The same, every value as the text that sets it. */
export const machineConfigText = (config: MachineConfig, place: ConfigPlace): Pairs =>
  framed(
    place,
    SETTING_NAMES.map((name) => [name, settingOf(name).show(config[name])]),
  );

const framed = ({ cpu_count, database }: ConfigPlace, settings: Pairs): Pairs => [
  ["id", 1],
  ["cpu_count", cpu_count],
  ...settings,
  ["dbpath", `sqlite:///${database}`],
];
