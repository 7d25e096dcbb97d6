import { type Random, randomOf } from "./random.ts";
import { GIB, type Scenario } from "./scenario.ts";
import { memOf, type SimNode } from "./sim-node.ts";
import type { Weather } from "./weather.ts";

const SYSTEM_BYTES = 0.4 * GIB;
/** Above this share of the memory the machine swaps. */
const SWAPS_FROM = 0.97;

/** What can be measured of the machine over the last minute. */
export type Measured = {
  readonly cpu_percent: number;
  readonly io_wait_percent: number;
  readonly mem_percent: number;
  readonly disk_percent: number;
  readonly disk_total: number;
  readonly disk_free: number;
  readonly loads: readonly [number, number, number];
};

/** A machine at one moment. Times are seconds since the beginning. */
export type Machine = {
  readonly name: string;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly random: Random;
  readonly nodes: Map<number, SimNode>;
  readonly bad_nodes: ReadonlySet<number>;
  readonly bad_versions: Set<string>;
  readonly outage: { until: number; ended: boolean };
  now: number;
  boots: number;
  booted_at: number;
  /** 0 while it is on. */
  off_until: number;
  /** The next process's number. */
  next_pid: number;
  deaths: number;
  /** Core-seconds of pending work. */
  backlog: number;
  /** Version of the program that new nodes are made from. */
  program: string;
  loads: readonly number[];
  measured: Measured | undefined;
  /** Kept until a node changes: most steps change neither who lives nor what they use. */
  sums: Sums | undefined;
};

type Sums = { readonly alive: readonly SimNode[]; readonly mem: number; readonly cores: number };

export const machineOf = (name: string, scenario: Scenario, weather: Weather, seed: number): Machine => ({
  name,
  seed,
  scenario,
  weather,
  random: randomOf(`world ${name}`, seed),
  nodes: new Map(),
  bad_nodes: new Set(scenario.bad_nodes ?? []),
  bad_versions: new Set(),
  outage: { until: 0, ended: false },
  now: 0,
  boots: 1,
  booted_at: 0,
  off_until: 0,
  next_pid: 100,
  deaths: 0,
  backlog: 0,
  program: "0.4.17",
  loads: [0, 0, 0],
  measured: undefined,
  sums: undefined,
});

/** The value of a series of the weather at this minute. */
export const weatherAt = ({ weather, now }: Machine, series: keyof Omit<Weather, "minutes">): number =>
  weather[series][Math.min(weather.minutes - 1, Math.floor(now / 60))] ?? 0;

/** The living nodes, and the memory and cores that they use. */
export function summed(machine: Machine): Sums {
  if (machine.sums !== undefined) return machine.sums;
  const alive = [...machine.nodes.values()].filter((node) => node.started_at !== undefined);
  let [mem, cores] = [0, 0];
  for (const node of alive) {
    mem += memOf(node, machine.now);
    cores += node.cores * Math.exp(node.noise);
  }
  machine.sums = { alive, mem, cores };
  return machine.sums;
}

/** Bytes of memory in use. */
export const memory = (machine: Machine): number =>
  SYSTEM_BYTES + weatherAt(machine, "owner_mem") + summed(machine).mem;

/** Bytes of disk in use. */
export function disk(machine: Machine): number {
  let taken = weatherAt(machine, "owner_disk");
  for (const node of machine.nodes.values()) taken += node.disk_bytes;
  return Math.min(machine.scenario.disk_bytes, taken);
}

export const isSwapping = (machine: Machine): boolean =>
  memory(machine) > machine.scenario.mem_bytes * SWAPS_FROM;

/** What a machine shows before its first minute is over. */
export const nothingMeasured = (machine: Machine): Measured => ({
  cpu_percent: 0,
  io_wait_percent: 0,
  mem_percent: 10,
  disk_percent: 0,
  disk_total: machine.scenario.disk_bytes,
  disk_free: machine.scenario.disk_bytes - disk(machine),
  loads: [0, 0, 0],
});
