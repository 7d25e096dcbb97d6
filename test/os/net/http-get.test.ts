import { afterEach, expect, test } from "bun:test";
import { type HttpAnswer, httpGet } from "../../../src/os/net/http-get.ts";

const servers: Bun.TCPSocketListener[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop(true);
});

/** A server that answers every connection's first bytes with these pieces, one after another, and may then close. */
function serverOf(pieces: readonly string[], closes: boolean): number {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async data(socket) {
        for (const piece of pieces) {
          socket.write(piece);
          socket.flush();
          await new Promise((later) => setImmediate(later));
        }
        if (closes) socket.end();
      },
    },
  });
  servers.push(server);
  return server.port;
}

const ask = (port: number, deadline_ms = 5_000): Promise<HttpAnswer<string>> =>
  httpGet({ host: "127.0.0.1", port, path: "/metrics", deadline_ms, most_bytes: 10_000 }, (body) =>
    body.toString(),
  );

const OK = "HTTP/1.1 200 OK\r\n";

test.each<[string, readonly string[], boolean]>([
  ["a body of the length it names", [`${OK}Content-Length: 5\r\n\r\nhello`], false],
  [
    "a head and a body in several pieces",
    ["HTTP/1.1 2", "00 OK\r\ncontent-le", "ngth:5\r\n\r", "\nhe", "llo"],
    false,
  ],
  ["a body that ends with its connection", [`${OK}\r\nhel`, "lo"], true],
  ["chunks", [`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n`, "2;x=y\r\nlo\r\n0\r\n\r\n"], true],
  [
    "chunks of a server that keeps the connection",
    [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, "0\r\n\r\n"],
    false,
  ],
  [
    "chunks that end with a field of their own",
    [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: `, "y\r\n\r\n"],
    false,
  ],
  [
    "chunks of a byte, each in pieces",
    [
      `${OK}Transfer-Encoding: chunked\r\n\r\n`,
      ...[..."hello"].flatMap((byte) => ["1\r", `\n${byte}`, "\r\n"]),
      "0\r\n\r\n",
    ],
    false,
  ],
  ["HTTP/1.0", ["HTTP/1.0 200 OK\r\n\r\nhello"], true],
  ["a status without words", ["HTTP/1.1 200\r\nCONTENT-LENGTH:\t5 \r\n\r\nhello"], false],
  ["a field that only ends like the length", [`${OK}X-Content-Length: 2\r\n\r\nhello`], true],
  ["a length that is none", [`${OK}Content-Length: five\r\n\r\nhello`], true],
  [
    "chunks in capitals, with a length that does not count",
    [`${OK}TRANSFER-ENCODING: Chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    false,
  ],
])("%s is read", async (_, pieces, closes) => {
  expect(await ask(serverOf(pieces, closes))).toEqual({ answered: true, content: "hello" });
});

test.each<[string, readonly string[], boolean]>([
  ["another status", ["HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"], false],
  ["a redirect", ["HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], false],
  ["another protocol", ["SSH-2.0-OpenSSH_9.2\r\n"], true],
  ["nothing at all", [], true],
  ["a body that is cut off", [`${OK}Content-Length: 50\r\n\r\nhello`], true],
  ["chunks that are cut off", [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`], true],
  ["chunks that are none", [`${OK}Transfer-Encoding: chunked\r\n\r\nhello`], true],
  ["more than the limit", [`${OK}\r\n${"x".repeat(20_000)}`], false],
  [
    "a length beyond the limit that never comes",
    [`${OK}Content-Length: 99999999\r\n\r\n${"x".repeat(11_000)}`],
    false,
  ],
])("%s is garbled", async (_, pieces, closes) => {
  expect(await ask(serverOf(pieces, closes))).toEqual({ answered: false, because: "garbled" });
});

test("a closed port is refused", async () => {
  const port = serverOf([], true);
  for (const server of servers.splice(0)) server.stop(true);
  expect(await ask(port)).toEqual({ answered: false, because: "refused" });
});

test.each<[string, readonly string[]]>([
  ["silence", []],
  ["a head without its body", [`${OK}Content-Length: 5\r\n\r\nhe`]],
])("%s is given up at the deadline", async (_, pieces) => {
  const asked = performance.now();
  expect(await ask(serverOf(pieces, false), 150)).toEqual({ answered: false, because: "timeout" });
  expect(performance.now() - asked).toBeGreaterThanOrEqual(149);
});

test("a proxy in the environment is not used", async () => {
  const before = process.env.http_proxy;
  process.env.http_proxy = "http://127.0.0.1:9";
  try {
    const port = serverOf([`${OK}Content-Length: 5\r\n\r\nhello`], false);
    expect(await ask(port)).toMatchObject({ answered: true });
  } finally {
    if (before === undefined) delete process.env.http_proxy;
    else process.env.http_proxy = before;
  }
});

test("a chunk that contains what looks like the last chunk is content", async () => {
  const pieces = [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n`, "\r\n1\r\nx\r\n0\r\n\r\n"];
  expect(await ask(serverOf(pieces, false))).toEqual({ answered: true, content: "0\r\n\r\nx" });
});
