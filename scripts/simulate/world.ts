import { isSwapping, type Machine, type Measured, machineOf, nothingMeasured } from "./machine.ts";
import { pass } from "./minute.ts";
import { create, remove, start, stop, upgrade } from "./node-life.ts";
import type { Scenario } from "./scenario.ts";
import type { SimNode } from "./sim-node.ts";
import type { Weather } from "./weather.ts";

/** A machine and the nodes on it. */
export type World = {
  readonly nodes: ReadonlyMap<number, SimNode>;
  /** Seconds since the beginning. */
  now(): number;
  /** How often it has booted. */
  boots(): number;
  booted_at(): number;
  /** False while it is off. */
  isUp(): boolean;
  /** Version of the program that new nodes are made from. */
  program(): string;
  measured(): Measured;
  /** A living node does not answer while it waits for memory, or while the network is down. */
  isSilent(node: SimNode): boolean;
  /** The network is down. */
  isOut(): boolean;
  create(id: number): void;
  start(id: number): SimNode | undefined;
  stop(id: number): void;
  upgrade(id: number, version: string): SimNode | undefined;
  /** Deletes the node; returns the bytes that it held. */
  remove(id: number): number;
  /** Moves on by a minute. */
  pass(): void;
  /** Crashes of nodes so far. */
  deaths(): number;
};

/** The machine of a scenario at its beginning, with the nodes that are there then. */
export function worldOf(name: string, scenario: Scenario, weather: Weather, seed: number): World {
  const machine = machineOf(name, scenario, weather, seed);
  for (let id = 1; id <= scenario.begin; id++) settle(machine, id);
  const isOut = () => machine.now < machine.outage.until;
  return {
    nodes: machine.nodes,
    now: () => machine.now,
    boots: () => machine.boots,
    booted_at: () => machine.booted_at,
    isUp: () => machine.off_until === 0,
    program: () => machine.program,
    measured: () => machine.measured ?? nothingMeasured(machine),
    isSilent: ({ id }) => (!machine.outage.ended && isOut()) || (isSwapping(machine) && id % 3 !== 0),
    isOut,
    create: (id) => create(machine, id),
    start: (id) => start(machine, id),
    stop: (id) => stop(machine, id),
    upgrade: (id, version) => upgrade(machine, id, version),
    remove: (id) => remove(machine, id),
    pass: () => pass(machine),
    deaths: () => machine.deaths,
  };
}

/** A node that has been running for one to ten days. */
function settle(machine: Machine, id: number): void {
  create(machine, id);
  const node = start(machine, id);
  if (node === undefined) return;
  node.start_work = 0;
  node.started_at = -86_400 * (1 + 9 * machine.random.next());
  node.disk_bytes = node.disk_target * 0.5 * machine.random.next();
}
