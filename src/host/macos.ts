import { cpus, loadavg, uptime } from "node:os";
import type { Counters } from "../model/host.ts";
import { outputNow } from "../os/command.ts";
import { bootId } from "../os/process-id.ts";
import { portsIn } from "./netstat.ts";

/**
 * One reading of the kernel's counters. systeminformation reads the disks' with ioreg and the network's with netstat;
 * its other calls are slow (500 ms for the processor) or say no more than node:os does, and are not made.
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
    boot_id: bootId() ?? "unknown",
    taken_at: Math.round(Date.now() / 1000),
    uptime: uptime(),
    ...cpuCounters(),
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

/** Percent of memory in use: all but what could be had without swapping. */
export async function usedMemPercent(): Promise<number | undefined> {
  const { mem } = await import("systeminformation");
  const { total, available } = await mem();
  return total > 0 && available > 0 && available <= total ? (100 * (total - available)) / total : undefined;
}

/** The three load averages. */
export const loadAverages = (): readonly (number | undefined)[] => loadavg();

/** Ports of this machine that some socket has bound; empty when the system does not tell. */
export function boundPorts(): ReadonlySet<number> {
  const listings = (["tcp", "udp"] as const).map((protocol) => outputNow(["netstat", "-an", "-p", protocol]));
  return portsIn(listings.join("\n"));
}
