import { shownForecast } from "./disk-forecast.ts";
import type { NodeCounts } from "./node-counts.ts";
import type { Overview } from "./overview.ts";
import type { Hue, Style } from "./paint.ts";
import { shownBytes, shownPercent } from "./shown-figures.ts";

const HUES: Readonly<Partial<Record<keyof NodeCounts, Hue>>> = { down: "bad", dead: "bad", silent: "warn" };

/** "18 up  1 down", "of 20". */
export function nodeParts(nodes: Overview["nodes"], paint: Style["paint"]): readonly string[] {
  const { total, up, lowest: _, node_cap: __, ...others } = nodes;
  const rest = Object.entries(others).flatMap(([name, count]) => {
    const hue = HUES[name as keyof NodeCounts];
    const text = `${count} ${name}`;
    return count === 0 ? [] : [hue === undefined ? text : paint(hue, text)];
  });
  return [[`${up} up`, ...rest].join("  "), `of ${total}`];
}

/** Free space, growth, and when the disk will be full. */
export function diskParts(disk: Overview["disk"], paint: Style["paint"]): readonly string[] {
  const { free_hd_bytes: free, total_hd_bytes: total, growth_bytes_per_day: growth } = disk;
  const left =
    free === undefined || total === undefined
      ? "unknown how much is left"
      : `${shownBytes(free)} left of ${shownBytes(total)}`;
  const grows =
    growth === undefined ? [] : [`${growth < 0 ? "−" : "+"}${shownBytes(Math.abs(growth))} a day`];
  const over = (disk.used_hd_percent ?? 0) > disk.hd_remove;
  const known = disk.used_hd_percent === undefined ? "" : `${shownPercent(disk.used_hd_percent)} used, `;
  const used = `${known}limit ${disk.hd_remove} %`;
  return [left, ...grows, over ? paint("bad", used) : (shownForecast(disk) ?? used)];
}

/** The same for one of several disks, with its name. */
export const severalParts = (
  disk: NonNullable<Overview["disks"]>[number],
  paint: Style["paint"],
): readonly string[] => [
  `${disk.disk}: ${disk.nodes} ${disk.nodes === 1 ? "node" : "nodes"}`,
  ...(disk.read_only ? [paint("bad", "read-only")] : []),
  ...diskParts(disk, paint),
];

/** Processor, memory and loads, each with its thresholds. */
export function machineParts(machine: Overview["machine"], paint: Style["paint"]): readonly string[] {
  const { used_cpu_percent: cpu, used_mem_percent: mem } = machine;
  const { load_average_1, load_average_5, load_average_15 } = machine;
  const loads = [load_average_1, load_average_5, load_average_15];
  const figure = (text: string, value: number | undefined, limit: number): string =>
    value !== undefined && value > limit ? paint("warn", text) : text;
  const most = Math.max(...loads.map((load) => load ?? 0));
  const { max_load_average_allowed: load_limit, desired_load_average: load_wanted } = machine;
  const shownLoads = loads.map((load) => load?.toFixed(1) ?? "-").join(" ");
  return [
    `cpu ${figure(shownPercent(cpu), cpu, machine.cpu_remove)} of ${machine.cpu_less_than}/${machine.cpu_remove}`,
    `mem ${figure(shownPercent(mem), mem, machine.mem_remove)} of ${machine.mem_less_than}/${machine.mem_remove}`,
    `load ${figure(shownLoads, most, load_limit)} of ${decimal(load_wanted)}/${decimal(load_limit)}`,
  ];
}

const decimal = (load: number): string => String(Math.round(load * 10) / 10);
