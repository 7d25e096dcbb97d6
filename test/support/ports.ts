import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const free = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const tcp = createServer()
      .once("error", () => answer(false))
      .listen({ port, host: "127.0.0.1", exclusive: true }, () =>
        tcp.close(() => {
          const udp = createSocket("udp4")
            .once("error", () => answer(false))
            .bind({ port, address: "127.0.0.1", exclusive: true }, () => udp.close(() => answer(true)));
        }),
      );
  });

let next = 0;

/**
 * Three thousands blocks (node, metrics, rpc) whose first ports nobody uses now. Each call gives others, so that
 * test files that run side by side do not meet.
 */
export async function portBlocks(): Promise<{
  port_start: number;
  metrics_port_start: number;
  rpc_port_start: number;
}> {
  for (;;) {
    const first = 10 + ((process.pid * 7 + next++ * 3) % 21);
    const blocks = { metrics_port_start: first, rpc_port_start: first + 33, port_start: first + 11 };
    const ports = Object.values(blocks).flatMap((block) => [1, 2, 3, 4].map((id) => block * 1000 + id));
    if ((await Promise.all(ports.map(free))).every(Boolean)) return blocks;
  }
}
