import { randomOf } from "./random.ts";
import type { Scenario } from "./scenario.ts";

/** Everything outside wnm's control, minute by minute; the same for every set of rules. */
export type Weather = {
  readonly minutes: number;
  /** The owner's use: cores, bytes of memory and disk, tasks that wait for a disk. */
  readonly owner_cores: Float64Array;
  readonly owner_mem: Float64Array;
  readonly owner_disk: Float64Array;
  readonly owner_waiting: Float64Array;
  /** Share of the processor that others take. */
  readonly steal: Float64Array;
  /** What the network asks of every node; 1 on average. */
  readonly demand: Float64Array;
};

const DAY = 1440;

/** Makes the weather of a scenario by its seed. */
export function weatherOf(name: string, scenario: Scenario, seed: number): Weather {
  const random = randomOf(`weather ${name}`, seed);
  const minutes = Math.round(scenario.days * DAY);
  const series = () => new Float64Array(minutes);
  const weather: Weather = {
    minutes,
    owner_cores: series(),
    owner_mem: series(),
    owner_disk: series(),
    owner_waiting: series(),
    steal: series(),
    demand: series(),
  };
  const { owner } = scenario;
  let [mood, wave, burst, storm, storm_left, storm_height] = [0, 0, 0, 1, 0, 1];
  for (let minute = 0; minute < minutes; minute++) {
    // Autoregressive: the correlation of one minute with the next is 0.97.
    mood = 0.97 * mood + Math.sqrt(1 - 0.97 ** 2) * random.normal();
    wave = 0.99 * wave + Math.sqrt(1 - 0.99 ** 2) * random.normal();
    if (burst > 0) burst--;
    else if (random.next() < owner.bursts.a_day / DAY)
      burst = Math.ceil(-Math.log(1 - random.next()) * owner.bursts.minutes);
    if (storm_left > 0) storm_left--;
    else if (random.next() < 2 / DAY) {
      storm_left = 15 + Math.floor(random.next() * 75);
      storm_height = 1.1 + 0.3 * random.next();
    }
    storm += 0.3 * ((storm_left > 0 ? storm_height : 1) - storm);
    const hour = (minute % DAY) / 60;
    const day = minute / DAY;
    let cores = owner.cores * Math.exp(owner.sigma * mood) + (burst > 0 ? owner.bursts.cores : 0);
    let mem = owner.mem_bytes * (1 + 0.05 * wave);
    let disk = owner.disk_bytes;
    for (const job of owner.jobs ?? []) {
      const since = (hour - job.at_hour) * 60;
      if (since < 0 || since >= job.minutes) continue;
      cores += job.cores;
      mem += job.mem_bytes ?? 0;
      weather.owner_waiting[minute] = job.waiting ?? 0;
      // A backup grows until its end and is moved away then.
      disk += (job.disk_bytes ?? 0) * ((since + 1) / job.minutes);
    }
    const { file, hog } = owner;
    if (file !== undefined) disk += file.bytes * Math.min(1, Math.max(0, (day - file.from_day) / file.days));
    if (hog !== undefined && day >= hog.from_day && day < hog.from_day + hog.hours / 24) mem += hog.mem_bytes;
    weather.owner_cores[minute] = cores;
    weather.owner_mem[minute] = mem;
    weather.owner_disk[minute] = disk;
    weather.steal[minute] = Math.min(0.6, Math.max(0, scenario.steal * (1 + 1.2 * wave)));
    weather.demand[minute] = (1 + 0.18 * Math.sin((2 * Math.PI * (hour - 15)) / 24)) * storm;
  }
  return weather;
}
