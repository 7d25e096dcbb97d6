import { type MachineConfig, SETTING_NAMES } from "../settings/machine.ts";

/** A report as ordered pairs; undefined is unknown. */
export type Pairs = readonly (readonly [key: string, value: unknown])[];

/** The colony's settings in the order of the table, with what belongs to them. */
export function machineConfig(config: MachineConfig, cpu_count: number, database: string): Pairs {
  return [
    ["id", 1],
    ["cpu_count", cpu_count],
    ...SETTING_NAMES.map((name) => [name, config[name]] as const),
    ["dbpath", `sqlite:///${database}`],
  ];
}
