import type { MachineConfig } from "../../src/settings/machine.ts";
import { type Controller, configOf, constantNumber, wnmIn } from "./colony.ts";
import type { Scenario } from "./scenario.ts";
import { type Done, type Minute, type Score, scoreOf } from "./score.ts";
import { type Trace, weatherOn } from "./trace.ts";
import { type Weather, weatherOf } from "./weather.ts";
import { type World, worldOf } from "./world.ts";

/** A simulation that has been played to its end. */
export type Game = {
  readonly score: Score;
  readonly minutes: readonly Minute[];
  readonly done: readonly Done[];
};

/** Sets of rules by name: the settings that make wnm follow them. */
export const RULES = { steady: {}, python: { reaction: "immediate" } } as const satisfies Readonly<
  Record<string, Partial<MachineConfig>>
>;

export type RulesName = keyof typeof RULES;

/** Plays a scenario by wnm's own rules, with these settings beside the scenario's, or with the owner of a real machine. */
export function play(
  name: string,
  scenario: Scenario,
  rules: Partial<MachineConfig>,
  seed: number,
  trace?: Trace,
): Game {
  const config = { ...configOf(scenario), ...rules };
  const made = weatherOf(name, scenario, seed);
  const weather = trace === undefined ? made : weatherOn(trace, scenario, made);
  return playOn(name, scenario, weather, seed, (world) => wnmIn(world, scenario, config));
}

/** The largest constant number of nodes whose 95th percentiles stay below the lines. */
export function bestConstant(name: string, scenario: Scenario, seed: number): number {
  const weather = weatherOf(name, scenario, seed);
  let [low, high] = [0, configOf(scenario).node_cap];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const { minutes } = playOn(name, scenario, weather, seed, (world) => constantNumber(world, middle));
    if (minutes.filter(({ over }) => over).length <= minutes.length * 0.05) low = middle;
    else high = middle - 1;
  }
  return low;
}

function playOn(
  name: string,
  scenario: Scenario,
  weather: Weather,
  seed: number,
  controller: (world: World) => Controller,
): Game {
  const config = configOf(scenario);
  const world = worldOf(name, scenario, weather, seed);
  const player = controller(world);
  const minutes: Minute[] = [];
  const done: Done[] = [];
  for (let minute = 0; minute < weather.minutes; minute++) {
    world.pass();
    const acted = world.isUp() ? player.look(minute) : [];
    done.push(...acted);
    const { cpu_percent: cpu, mem_percent: mem, disk_percent: disk, loads } = world.measured();
    const ages = [...world.nodes.values()].flatMap(({ started_at }) =>
      started_at === undefined ? [] : world.now() - started_at,
    );
    const load_line = config.max_load_average_allowed;
    minutes.push({
      running: ages.length,
      up_hour: ages.filter((age) => age >= 3600).length,
      up_day: ages.filter((age) => age >= 86_400).length,
      cpu,
      mem,
      disk,
      load: loads[0],
      over: cpu > config.cpu_remove || mem > config.mem_remove || loads[0] > load_line,
      stops: acted.filter(({ action }) => action.type === "stop").length,
      starts: acted.filter(({ action }) => action.type === "start" || action.type === "add").length,
    });
  }
  const incidents = (scenario.incidents ?? []).map(({ at_day }) => Math.round(at_day * 1440));
  return { score: scoreOf(minutes, done, world.deaths(), incidents.at(-1)), minutes, done };
}
