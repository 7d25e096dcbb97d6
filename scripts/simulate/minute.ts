import { incidents } from "./incidents.ts";
import { disk, isSwapping, type Machine, memory, summed, weatherAt } from "./machine.ts";
import { die, liveOn, start } from "./node-life.ts";
import { memOf, type SimNode } from "./sim-node.ts";

const STEP_SECONDS = 5;
const STEPS = 60 / STEP_SECONDS;
/** What a load average keeps of itself in one step; kernel/sched/loadavg.c. */
const KEPT = [60, 300, 900].map((window) => Math.exp(-STEP_SECONDS / window));
/** Core-seconds of unserved work that programs queue up before they ask for less. */
const MOST_BACKLOG = 60;

/** Moves the machine on by a minute. */
export function pass(machine: Machine): void {
  const { nodes, scenario } = machine;
  incidents(machine);
  if (machine.off_until !== 0) {
    machine.now += 60;
    return;
  }
  let free = scenario.disk_bytes - disk(machine);
  for (const node of summed(machine).alive) free -= liveOn(machine, node, free);
  machine.sums = undefined;
  const restarting = [...nodes.values()].filter(
    ({ enabled, started_at }) => enabled && started_at === undefined,
  );
  let used = 0;
  for (let i = 0; i < STEPS; i++) used += step(machine, restarting);
  const taken = disk(machine);
  const { loads } = machine;
  machine.measured = {
    cpu_percent: Math.min(100, (100 * used) / (STEPS * scenario.cores)),
    io_wait_percent: isSwapping(machine) ? 20 : 0.5,
    mem_percent: Math.min(99.9, (100 * memory(machine)) / scenario.mem_bytes),
    disk_percent: (100 * taken) / scenario.disk_bytes,
    disk_total: scenario.disk_bytes,
    disk_free: scenario.disk_bytes - taken,
    loads: [loads[0] ?? 0, loads[1] ?? 0, loads[2] ?? 0],
  };
}

/** Five seconds of processor, load and memory. Returns the cores that were used. */
function step(machine: Machine, restarting: readonly SimNode[]): number {
  const { scenario } = machine;
  for (const node of restarting)
    if (node.restart_at !== undefined && node.restart_at <= machine.now) start(machine, node.id);
  const capacity = scenario.cores * (1 - weatherAt(machine, "steal"));
  const starting = summed(machine).alive.filter((node) => node.start_work > 0);
  const steady = summed(machine).cores * weatherAt(machine, "demand");
  const wanted =
    steady + weatherAt(machine, "owner_cores") + starting.length + machine.backlog / STEP_SECONDS;
  const share = Math.min(1, capacity / Math.max(wanted, 1e-9));
  for (const node of starting) node.start_work -= share * STEP_SECONDS;
  machine.backlog = Math.min(MOST_BACKLOG, Math.max(0, (wanted - capacity) * STEP_SECONDS * 0.5));
  updateLoads(machine, wanted, capacity);
  if (memory(machine) > scenario.mem_bytes + scenario.swap_bytes) {
    const { now } = machine;
    const [largest] = summed(machine).alive.toSorted((a, b) => memOf(b, now) - memOf(a, now));
    if (largest !== undefined) die(machine, largest);
  }
  machine.now += STEP_SECONDS;
  // Stolen time counts as used: in /proc/stat it is not idle.
  return Math.min(wanted, capacity) + scenario.cores * weatherAt(machine, "steal");
}

function updateLoads(machine: Machine, wanted: number, capacity: number): void {
  const { random } = machine;
  const waiting =
    weatherAt(machine, "owner_waiting") + (isSwapping(machine) ? 3 + summed(machine).alive.length * 0.15 : 0);
  const runnable = random.poisson(Math.min(wanted, capacity) * 0.9) + Math.max(0, wanted - capacity);
  const sample = Math.round(runnable + random.poisson(waiting));
  machine.loads = machine.loads.map((load, i) => load * (KEPT[i] ?? 0) + sample * (1 - (KEPT[i] ?? 0)));
}
