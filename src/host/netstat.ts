/**
 * Local ports in what `netstat -an -p tcp` and `-p udp` of macOS print: of TCP those that listen, of UDP all. An
 * address ends in its port after a dot ("127.0.0.1.13001", "*.55001"). Pure.
 */
export function portsIn(text: string): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const line of text.split("\n")) {
    const [protocol = "", , , local = "", , state] = line.trim().split(/\s+/);
    const port = /\.(\d+)$/.exec(local)?.[1];
    const bound = /^udp/.test(protocol) || (/^tcp/.test(protocol) && state === "LISTEN");
    if (bound && port !== undefined) ports.add(Number(port));
  }
  return ports;
}
