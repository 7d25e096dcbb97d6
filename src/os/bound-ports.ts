import { readFileSync } from "node:fs";

const TABLES = ["tcp", "tcp6", "udp", "udp6"] as const;
type Table = (typeof TABLES)[number];

/** Ports of this machine that some socket has bound; empty when the kernel does not tell. */
export const boundPorts = (): ReadonlySet<number> => portsOf("/proc/net", TABLES) ?? new Set();

/**
 * UDP ports that are bound where the process lives, which may be a network of its own (a container); without a process
 * those of this machine. undefined when the kernel does not tell.
 */
export const boundUdpPorts = (pid: number | undefined): ReadonlySet<number> | undefined =>
  portsOf(`/proc/${pid ?? "self"}/net`, ["udp", "udp6"]);

/** proc(5), /proc/net/tcp: the local address is the second field, in hexadecimal, the state the fourth. */
function portsOf(folder: string, tables: readonly Table[]): ReadonlySet<number> | undefined {
  const ports = new Set<number>();
  let told = false;
  for (const table of tables) {
    const text = read(`${folder}/${table}`);
    told ||= text !== undefined;
    for (const line of text?.split("\n").slice(1) ?? []) {
      const [, local, , state] = line.trim().split(/\s+/);
      const hex = local?.split(":")[1];
      // 0A is LISTEN; a UDP socket has no such state and counts whenever it is bound.
      if (hex !== undefined && (table.startsWith("udp") || state === "0A"))
        ports.add(Number.parseInt(hex, 16));
    }
  }
  return told ? ports : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
