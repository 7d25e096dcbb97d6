import { readdirSync, statSync } from "node:fs";
import type { Counters } from "../model/host.ts";
import { kernelText } from "../os/files/kernel-text.ts";
import { presenceOf } from "../os/files/presence.ts";

export { boundPorts } from "../os/net/bound-ports.ts";

import { UNKNOWN_BOOT } from "../model/node.ts";
import { bootId } from "../os/processes/boot.ts";
import { secondsSinceBoot } from "../os/processes/since-boot.ts";
import { groupMemory } from "./control-group.ts";
import { groupCpu, processorsIn } from "./cpu-limit.ts";
import { diskTraffic } from "./disk-traffic.ts";
import { type MemoryUse, machineMemory, memoryUse } from "./memory.ts";
import { netTraffic } from "./net-traffic.ts";
import { cpuTicks, loadsIn, type Processors, processorCount } from "./processor.ts";

const texts = new Map<string, string | undefined>();

/** The text of a file of the kernel, read once for a measurement, which begins with `readCounters`. */
function textOnce(path: string): string | undefined {
  if (!texts.has(path)) texts.set(path, kernelText(path));
  return texts.get(path);
}

/** One reading of the kernel's counters. proc(5); a few hundred microseconds and no child process. */
export function readCounters(nodes_group: string | undefined): Counters {
  texts.clear();
  const stat = textOnce("/proc/stat");
  return {
    boot_id: bootId() ?? UNKNOWN_BOOT,
    taken_at: Math.floor(Date.now() / 1000),
    uptime: secondsSinceBoot(),
    ...cpuTicks(stat, navigator.hardwareConcurrency < processorCount(stat) ? ownProcessors() : undefined),
    cpu_group_used: groupCpu(textOnce, nodes_group)?.used,
    ...diskTraffic(kernelText("/proc/diskstats"), hasDevice),
    ...netTraffic(kernelText("/proc/net/dev"), (name) => namesIn(`/sys/class/net/${name}`)),
  };
}

/** The processors that this process may use. */
const ownProcessors = () => processorsIn(kernelText("/proc/self/status") ?? "");

const hasDevice = (disk: string): boolean => presenceOf(`/sys/block/${disk}/device`) === "present";

/** Files of a folder of sysfs; undefined where it does not show the folder. */
function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** Memory in use; `nodes_group`: the control group that nodes start in, undefined for wnm's own. */
export function memory(nodes_group: string | undefined): MemoryUse | undefined {
  return memoryUse(machineMemory(kernelText("/proc/meminfo") ?? ""), groupMemory(textOnce, nodes_group));
}

/** Processors that nodes may use: fewer than the machine has where a control group says so, or taskset(1). */
export function processors(nodes_group: string | undefined): Processors {
  const may_use = navigator.hardwareConcurrency;
  const count = Math.min(may_use, groupCpu(textOnce, nodes_group)?.processors ?? may_use);
  const all = processorCount(textOnce("/proc/stat"));
  const is_part = count < all && !hasOwnLoad();
  return {
    count,
    load_of: is_part ? `a machine with ${all} processors, of which ${count} count here` : undefined,
  };
}

/** In a container lxcfs may show the container's own load: its file lies on another file system than /proc. */
function hasOwnLoad(): boolean {
  try {
    return statSync("/proc/loadavg").dev !== statSync("/proc").dev;
  } catch {
    return false;
  }
}

/** The three load averages. */
export const loadAverages = (): readonly (number | undefined)[] => loadsIn(kernelText("/proc/loadavg"));
