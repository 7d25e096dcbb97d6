import { cpus, loadavg } from "node:os";
import type { Counters } from "../model/host.ts";
import { UNKNOWN_BOOT } from "../model/node.ts";
import { outputNow } from "../os/command.ts";
import { bootId } from "../os/processes/boot.ts";
import { secondsSinceBoot } from "../os/processes/since-boot.ts";
import { type MemoryUse, memoryUse, plausibleMemory } from "./memory.ts";
import { portsIn } from "./netstat.ts";

/**
 * One reading of the kernel's counters. systeminformation reads those of disks with ioreg and of the network with netstat;
 * its other calls are slow (500 ms for the processor) or no better than node:os, and are not used.
 */
export async function readCounters(): Promise<Counters> {
  const { fsStats, networkStats } = await import("systeminformation");
  const [disks, interfaces] = await Promise.all([fsStats(), networkStats("*")]);
  const outward = interfaces.filter(({ iface }) => iface !== "" && !iface.startsWith("lo"));
  const known = (bytes: number | null | undefined): number | undefined =>
    typeof bytes === "number" && Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  const sum = (bytes: readonly number[]): number | undefined =>
    known(bytes.reduce((total, one) => total + (Number.isFinite(one) ? one : 0), 0));
  return {
    boot_id: bootId() ?? UNKNOWN_BOOT,
    taken_at: Math.round(Date.now() / 1000),
    uptime: secondsSinceBoot(),
    ...cpuCounters(),
    cpu_group_used: undefined,
    disk_read_bytes: known(disks?.rx),
    disk_write_bytes: known(disks?.wx),
    net_read_bytes: sum(outward.map(({ rx_bytes }) => rx_bytes)),
    net_write_bytes: sum(outward.map(({ tx_bytes }) => tx_bytes)),
  };
}

/** Milliseconds of all processors together; macOS has no time of waiting for disks. */
function cpuCounters(): Pick<Counters, "cpu_total" | "cpu_idle" | "cpu_iowait"> {
  let [cpu_total, cpu_idle] = [0, 0];
  for (const { times } of cpus()) {
    cpu_total += times.user + times.nice + times.sys + times.idle + times.irq;
    cpu_idle += times.idle;
  }
  return { cpu_total, cpu_idle, cpu_iowait: undefined };
}

/** Memory in use: all but what is available without swapping. */
export async function memory(): Promise<MemoryUse | undefined> {
  const { mem } = await import("systeminformation");
  const { total, available } = await mem();
  return available > 0 ? memoryUse(plausibleMemory({ total, available }), []) : undefined;
}

/** All processors; macOS limits no group of processes. */
export const processors = () => ({ count: navigator.hardwareConcurrency, load_of: undefined });

/** The three load averages. */
export const loadAverages = (): readonly (number | undefined)[] => loadavg();

/** Ports of this machine that some socket has bound; empty when the system does not list them. */
export function boundPorts(): ReadonlySet<number> {
  const listings = (["tcp", "udp"] as const).map((protocol) => outputNow(["netstat", "-an", "-p", protocol]));
  return portsIn(listings.join("\n"));
}
