import type { Sampled } from "../model/history.ts";
import type { HostMetrics } from "../model/host.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { oncePer } from "./once-per.ts";

/** What a threshold is about; each has its own window in `windows.ts`. */
export type Subject = "cpu" | "mem" | "hd" | "load" | "hdio" | "netio";

/** A threshold: a setting that a measurement is compared with. */
export type Line = {
  readonly on: Subject;
  readonly measurement: Sampled;
  /** The name of the measurement in messages. */
  readonly name: string;
  readonly setting: keyof MachineConfig;
  readonly limit: number;
  readonly unit: "" | " %" | " B/s";
};

const PERCENTS = ["cpu", "mem", "hd"] as const;
const LOADS = ["load_average_1", "load_average_5", "load_average_15"] as const;
/** I/O groups, each watched only when one of its four limits is set. */
const IO_GROUPS = ["hdio", "netio"] as const;
const DIRECTIONS = ["read", "write"] as const;

/** The thresholds above which nodes are stopped or removed. */
export const removeLines = oncePer((config: MachineConfig) =>
  linesOf(config, "remove", "max_load_average_allowed"),
);

/** The thresholds below which the colony may grow. */
export const growLines = oncePer((config: MachineConfig) =>
  linesOf(config, "less_than", "desired_load_average"),
);

function linesOf(
  config: MachineConfig,
  side: "remove" | "less_than",
  load: "max_load_average_allowed" | "desired_load_average",
): readonly Line[] {
  const percents = PERCENTS.map((on): Line => {
    const setting = `${on}_${side}` as const;
    return { on, measurement: `used_${on}_percent`, name: on, setting, limit: config[setting], unit: " %" };
  });
  const loads = LOADS.map(
    (name): Line => ({ on: "load", measurement: name, name, setting: load, limit: config[load], unit: "" }),
  );
  const rates = IO_GROUPS.filter((group) => isWatched(config, group)).flatMap((on) =>
    DIRECTIONS.flatMap((direction): Line | readonly [] => {
      const [name, setting] = [`${on}_${direction}`, `${on}_${direction}_${side}` as const];
      const limit = config[setting];
      return limit === 0
        ? []
        : { on, measurement: `${on}_${direction}_bytes`, name, setting, limit, unit: " B/s" };
    }),
  );
  return [...percents, ...loads, ...rates];
}

const isWatched = (config: MachineConfig, group: (typeof IO_GROUPS)[number]): boolean =>
  config[`${group}_read_less_than`] +
    config[`${group}_read_remove`] +
    config[`${group}_write_less_than`] +
    config[`${group}_write_remove`] >
  1;

/** The measurement for a threshold; undefined: it could not be measured. */
export const valueOn = (line: Line, metrics: Pick<HostMetrics, Sampled>): number | undefined =>
  metrics[line.measurement];

/** True when the measurement is above the threshold; a missing one never is. */
export const isOver = (line: Line, metrics: Pick<HostMetrics, Sampled>): boolean => {
  const value = valueOn(line, metrics);
  return value !== undefined && value > line.limit;
};

/** The share of the measurement above the threshold; 0 if below it or not measured. */
export function excessShare(line: Line, metrics: Pick<HostMetrics, Sampled>): number {
  const value = valueOn(line, metrics);
  return value === undefined || value <= line.limit ? 0 : (value - line.limit) / value;
}

const shown = (value: number): string => (Math.round(value * 10) / 10).toString();

/** "cpu 83.1 % > cpu_remove 70 %"; "hd 100 % of its inodes" if the percentage is of another quantity than usual. */
export function comparison(line: Line, metrics: HostMetrics, sign: ">" | ">="): string {
  const { on, name, setting, limit, unit } = line;
  const of = on === "mem" || on === "hd" || on === "cpu" || on === "load" ? metrics[`${on}_of`] : undefined;
  const value = shown(valueOn(line, metrics) ?? 0);
  const at = on === "hd" && metrics.hd_at !== undefined ? ` (${metrics.hd_at})` : "";
  return `${name} ${value}${unit}${of === undefined ? "" : ` of ${of}`}${at} ${sign} ${setting} ${limit}${unit}`;
}
