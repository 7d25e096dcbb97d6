import { readlinkSync } from "node:fs";
import { kernelText } from "../files/kernel-text.ts";

const TABLES = ["tcp", "tcp6", "udp", "udp6"] as const;
type Table = (typeof TABLES)[number];

/** Bound ports of this machine; empty if the kernel does not list them. */
export const boundPorts = (): ReadonlySet<number> => portsOf("/proc/net", TABLES) ?? new Set();

/**
 * Bound UDP ports in the network namespace of a process, which may be a container's; without a process, in this machine's.
 * undefined if the kernel does not list them.
 */
export type UdpPorts = (pid: number | undefined) => ReadonlySet<number> | undefined;

/** Looks up UDP ports, cached per network namespace; use it for one survey only. */
export function udpPorts(): UdpPorts {
  const known = new Map<string, ReadonlySet<number> | undefined>();
  return (pid) => {
    const process = `/proc/${pid ?? "self"}`;
    const network = networkOf(process) ?? process;
    if (!known.has(network)) known.set(network, portsOf(`${process}/net`, ["udp", "udp6"]));
    return known.get(network);
  };
}

/** Identifies the process's network namespace, namespaces(7); undefined without permission. */
function networkOf(process: string): string | undefined {
  try {
    return readlinkSync(`${process}/ns/net`);
  } catch {
    return undefined;
  }
}

/** The accounts that listen on each TCP port of this machine; undefined if the kernel does not list them. */
export function tcpListeners(): ReadonlyMap<number, ReadonlySet<number>> | undefined {
  const listeners = new Map<number, Set<number>>();
  let isKnown = false;
  for (const table of ["tcp", "tcp6"]) {
    const text = kernelText(`/proc/self/net/${table}`);
    isKnown ||= text !== undefined;
    for (const line of text?.split("\n").slice(1) ?? []) {
      const [, local, , state, , , , uid] = line.trim().split(/\s+/);
      const port = Number.parseInt(local?.split(":")[1] ?? "", 16);
      if (state === "0A") listeners.set(port, (listeners.get(port) ?? new Set()).add(Number(uid)));
    }
  }
  return isKnown ? listeners : undefined;
}

/** proc(5), /proc/net/tcp: the local address is the second field, in hexadecimal, the state the fourth. */
function portsOf(folder: string, tables: readonly Table[]): ReadonlySet<number> | undefined {
  const ports = new Set<number>();
  let isKnown = false;
  for (const table of tables) {
    const text = kernelText(`${folder}/${table}`);
    isKnown ||= text !== undefined;
    for (const line of text?.split("\n").slice(1) ?? []) {
      const [, local, , state] = line.trim().split(/\s+/);
      const hex = local?.split(":")[1];
      // 0A is LISTEN; a UDP socket has no such state and counts whenever it is bound.
      if (hex !== undefined && (table.startsWith("udp") || state === "0A"))
        ports.add(Number.parseInt(hex, 16));
    }
  }
  return isKnown ? ports : undefined;
}
