import type { Node } from "../model/node.ts";
import type { Observation, ProcessUsage } from "../model/observation.ts";

const MIB = 1024 * 1024;

/** The node's readings; uptime, memory and CPU usage come from the kernel if the node does not report them. */
export function withUsage(before: Node, read: Node, { usage, reading }: Observation): Node {
  if (usage === undefined) return read;
  const reported = reading?.answered === true ? reading.readings : undefined;
  return {
    ...read,
    uptime: reported?.uptime ?? usage.uptime,
    mem: reported?.mem ?? hundredths(usage.mem_bytes, MIB),
    cpu: reported?.cpu ?? processorShare(before, usage),
    cpu_seconds: usage.cpu_seconds,
  };
}

const hundredths = (value: number | undefined, unit: number): number | undefined =>
  value === undefined ? undefined : Math.round((100 * value) / unit);

/** Hundredths of a percent of one processor, since the last survey of this process, else since its start. */
function processorShare(before: Node, { uptime, cpu_seconds }: ProcessUsage): number | undefined {
  if (uptime === undefined || cpu_seconds === undefined) return undefined;
  const [then, used] = [before.uptime, before.cpu_seconds];
  const goesOn = then !== undefined && used !== undefined && then < uptime && used <= cpu_seconds;
  const [seconds, busy] = goesOn ? [uptime - then, cpu_seconds - used] : [uptime, cpu_seconds];
  return seconds > 0 ? hundredths(100 * busy, seconds) : undefined;
}
