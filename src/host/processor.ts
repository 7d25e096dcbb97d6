import type { Counters } from "../model/host.ts";

/** `count`: processors that may be used; `load_of`: what the load averages cover when that is more. */
export type Processors = { readonly count: number; readonly load_of: string | undefined };

type Ticks = Pick<Counters, "cpu_total" | "cpu_idle" | "cpu_iowait">;

/** Ticks of all processors in the text of /proc/stat, or of those in `allowed`; undefined for no such list. Pure. */
export function cpuTicks(text: string | undefined, allowed: ReadonlySet<number> = new Set()): Ticks {
  const single = [...(text ?? "").matchAll(/^cpu(\d+) +(\d+(?: \d+){3,})\s*$/gm)];
  const own = single.filter(([, name]) => allowed.has(Number(name)));
  const whole = /^cpu +(\d+(?: \d+){3,})\s*$/m.exec(text ?? "")?.[1];
  const lists =
    own.length > 0 && own.length < single.length ? own.map(([, , list]) => list ?? "") : [whole ?? ""];
  return ticksIn(lists.map((list) => list.split(" ").slice(0, 8).map(Number)));
}

/** How many processors the text of /proc/stat lists; 0 when that is unknown. Pure. */
export const processorCount = (text: string | undefined): number =>
  [...(text ?? "").matchAll(/^cpu\d+ /gm)].length;

/** Sums of the lists: user nice system idle iowait irq softirq steal; guest time is already part of user. */
function ticksIn(lists: readonly (readonly number[])[]): Ticks {
  const ticks = (lists[0] ?? []).map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
  const cpu_total = ticks.reduce((sum, tick) => sum + tick, 0);
  if (cpu_total === 0) return { cpu_total: undefined, cpu_idle: undefined, cpu_iowait: undefined };
  return { cpu_total, cpu_idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), cpu_iowait: ticks[4] };
}

/** Linux counts no more tasks than it has numbers for (PID_MAX_LIMIT). */
const MOST_TASKS = 2 ** 22;

/** The three load averages in the text of /proc/loadavg; undefined when one of them cannot be. Pure. */
export function loadsIn(text: string | undefined): readonly (number | undefined)[] {
  const loads = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)(?= |$)/m.exec(text ?? "");
  const numbers = loads?.slice(1).map(Number) ?? [];
  return numbers.length > 0 && numbers.every((load) => load <= MOST_TASKS)
    ? numbers
    : [undefined, undefined, undefined];
}
