import { Database } from "bun:sqlite";
import { WnmError } from "../../src/base/errors.ts";
import { median } from "../../src/decide/history.ts";
import { type Quarter, SUMMARISED } from "../../src/model/history.ts";
import { readHistory } from "../../src/store/history.ts";
import type { Scenario } from "./scenario.ts";
import type { Weather } from "./weather.ts";

/** Quarter-hours of a real machine, the oldest first. */
export type Trace = readonly Quarter[];

const QUARTER_MINUTES = 15;

/** Reads what a colony has measured: its quarter-hours, and the minutes of the last one. Throws WnmError when there is nothing. */
export function readTrace(file: string): Trace {
  const history = historyIn(file);
  const { samples, quarters } = history;
  const [last] = samples;
  const now = last === undefined ? [] : [lastQuarter(samples)];
  if (quarters.length + now.length === 0)
    throw new WnmError(`${file} holds no measurements; run wnm on its colony for a day, then try again`);
  return [...quarters, ...now];
}

function historyIn(file: string) {
  try {
    using db = new Database(file, { readonly: true });
    return readHistory(db);
  } catch (error) {
    throw new WnmError(
      `${file} cannot be read as a colony.db: ${String(error)}; name the database of a colony`,
    );
  }
}

const lastQuarter = (samples: ReturnType<typeof readHistory>["samples"]): Quarter => ({
  ...(Object.fromEntries(
    SUMMARISED.map((name) => [name, median(samples.map((sample) => sample[name]))]),
  ) as Pick<Quarter, (typeof SUMMARISED)[number]>),
  began_at: samples[0]?.taken_at ?? 0,
  nodes: median(samples.map(({ nodes }) => nodes)) ?? 0,
});

/**
 * The scenario's weather with the owner of a real machine, again and again: what was measured there, less what the
 * scenario's nodes take. What was not measured goes on as before.
 */
export function weatherOn(trace: Trace, scenario: Scenario, made: Weather): Weather {
  const series = () => new Float64Array(made.minutes);
  const weather: Weather = {
    minutes: made.minutes,
    owner_cores: series(),
    owner_mem: series(),
    owner_disk: series(),
    owner_waiting: series(),
    // It is in what was measured.
    steal: series(),
    demand: made.demand,
  };
  const { node } = scenario;
  const known = { cpu: 0, mem: 0, disk: 0, load: 0 };
  for (let minute = 0; minute < made.minutes; minute++) {
    const quarter = trace[Math.floor(minute / QUARTER_MINUTES) % trace.length];
    if (quarter === undefined) continue;
    known.cpu = quarter.used_cpu_percent ?? known.cpu;
    known.mem = quarter.used_mem_percent ?? known.mem;
    known.disk = quarter.used_hd_percent ?? known.disk;
    known.load = quarter.load_average_1 ?? known.load;
    const cores = (known.cpu / 100) * scenario.cores;
    const own = (measured: number, of_each: number): number =>
      Math.max(0, measured - quarter.nodes * of_each);
    weather.owner_cores[minute] = own(cores, node.cores);
    weather.owner_mem[minute] = own((known.mem / 100) * scenario.mem_bytes, node.mem_bytes);
    weather.owner_disk[minute] = own((known.disk / 100) * scenario.disk_bytes, node.disk_bytes);
    weather.owner_waiting[minute] = Math.max(0, known.load - cores);
  }
  return weather;
}
