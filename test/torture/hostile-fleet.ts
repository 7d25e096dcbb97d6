import { createServer, type Server, type Socket } from "node:net";
import { metadataBody, metricsBody } from "../fixtures/metrics-body.ts";

/** How a node of the hostile fleet answers. */
export type Manner = "well" | "hangs" | "drips" | "endless" | "garbage" | "absurd";

const NAUGHTY = [
  'ant_networking_peer_id_info{peer_id="a\\"b\x1b[2J"} 1',
  'ant_node_antnode_version_info{antnode_version="\x1b]0;owned\x07"} 1',
  "ant_node_uptime -5",
  "ant_networking_records_stored NaN",
  "ant_networking_connected_peers 1e309",
  "ant_networking_max_records 99999999999999999999999",
  "\xff\xfe\x00",
].join("\n");

const head = (length?: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${length === undefined ? "" : `content-length: ${length}\r\n`}connection: close\r\n\r\n`;
const whole = (socket: Socket, body: string) =>
  socket.end(head(Buffer.byteLength(body, "latin1")) + body, "latin1");

const MANNERS: Readonly<Record<Manner, (socket: Socket, path: string) => void>> = {
  well: (socket, path) =>
    whole(
      socket,
      path === "/metadata"
        ? metadataBody({ version: "0.4.17", peer_id: "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu" })
        : metricsBody({ connected_peers: 12, records_stored: 34, ant_node_uptime: 77 }),
    ),
  hangs: () => {},
  drips: (socket) => {
    socket.write(head());
    const timer = setInterval(() => socket.write("a"), 100);
    socket.once("close", () => clearInterval(timer));
  },
  endless: (socket) => {
    socket.write(head());
    const more = () => {
      while (!socket.destroyed && socket.write("x".repeat(65_536))) {}
    };
    socket.on("drain", more);
    more();
  },
  garbage: (socket) => socket.end(Buffer.from(crypto.getRandomValues(new Uint8Array(5000)))),
  absurd: (socket) => whole(socket, NAUGHTY),
};

/** Servers on consecutive ports of loopback, one behaviour each; the caller closes them. */
export async function hostileFleet(first: number, manners: readonly Manner[]): Promise<Disposable> {
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    manners.map(
      (manner, i) =>
        new Promise<Server>((ready, fail) => {
          const server = createServer((socket) => {
            sockets.add(socket);
            socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
            socket.once("data", (request) =>
              MANNERS[manner](socket, request.toString("latin1").split(" ")[1] ?? "/"),
            );
          })
            .once("error", fail)
            .listen(first + i, "127.0.0.1", () => ready(server));
        }),
    ),
  );
  return {
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
