import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import type { Node } from "../../src/model/node.ts";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { openStore } from "../../src/store/colony.ts";
import { metadataBody, metricsBody } from "../fixtures/metrics-body.ts";
import { aNode } from "../support/builders.ts";
import { aColony } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

const PEER = "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu";
const METADATA = metadataBody({ version: "0.4.17", peer_id: PEER });
const BODY = metricsBody({ connected_peers: 12, records_stored: 34, ant_node_uptime: 77 });
const length = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n`;
const ok = (body: string, headers = length(body), protocol = "HTTP/1.1") =>
  `${protocol} 200 OK\r\n${headers}\r\n${body}`;
const inChunks = (body: string, size: number, end = "0\r\n\r\n") =>
  (body.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [])
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join("") + end;
const chunked = "Transfer-Encoding: chunked\r\n";
const instead = (name: string, value: string) =>
  BODY.replace(new RegExp(`^${name} .*$`, "m"), `${name} ${value}`);

/** Sends it in pieces, each some milliseconds after the previous one; the connection stays open. */
const slowly = (text: string, size: number, pause_ms: number) => (socket: Socket) => {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= text.length || socket.destroyed) return clearInterval(timer);
    socket.write(text.slice(at, at + size), "latin1");
    at += size;
  }, pause_ms);
  socket.once("close", () => clearInterval(timer));
};

type Answer = string | Uint8Array | ((socket: Socket) => void);
/** `right`: the readings are found. `unknown`: it answers without the reading in question. `silent`: no answer. */
type Case = {
  readonly metrics: Answer;
  readonly metadata?: Answer;
  readonly is: "right" | "unknown" | "silent";
};

const CASES: Readonly<Record<string, Case>> = {
  "HTTP/1.0, to the end of the connection": { metrics: ok(BODY, "", "HTTP/1.0"), is: "right" },
  "no length at all": { metrics: ok(BODY, ""), is: "right" },
  "header names in capitals": { metrics: ok(BODY, length(BODY).toUpperCase()), is: "right" },
  "no blank after the header's colon": { metrics: ok(BODY, length(BODY).replace(": ", ":")), is: "right" },
  "no reason after the status": { metrics: ok(BODY).replace(" OK", ""), is: "right" },
  "chunks of 7 bytes": { metrics: ok(inChunks(BODY, 7), chunked), is: "right" },
  "chunks with extensions": {
    metrics: ok(inChunks(BODY, 900).replace(/^384\r/gm, "384;name=value\r"), chunked),
    is: "right",
  },
  "chunks with a trailer": { metrics: ok(inChunks(BODY, 900, "0\r\nX: y\r\n\r\n"), chunked), is: "right" },
  "a piece that ends like the last chunk": {
    metrics: (socket) => {
      const text = ok(inChunks(`# 0\r\n\r\n${BODY}`, 100_000), chunked);
      const at = text.indexOf("# 0\r\n\r\n") + 7;
      socket.write(text.slice(0, at), () => setTimeout(() => socket.write(text.slice(at)), 50));
    },
    is: "right",
  },
  "chunks and a length that contradicts them": {
    metrics: ok(inChunks(BODY, 900), `${chunked}Content-Length: 3\r\n`),
    is: "right",
  },
  "a head of 3 KB": { metrics: ok(BODY, `X-Long: ${"x".repeat(3000)}\r\n${length(BODY)}`), is: "right" },
  "carriage returns at line ends": { metrics: ok(BODY.replaceAll("\n", "\r\n"), ""), is: "right" },
  "an answer in 40 pieces": { metrics: slowly(ok(BODY), 1500, 5), is: "right" },
  "exponent forms": { metrics: ok(instead("ant_networking_records_stored", "3.4e1"), ""), is: "right" },
  "a decimal point": { metrics: ok(instead("ant_networking_records_stored", "34.0"), ""), is: "right" },
  "a time stamp after the value": {
    metrics: ok(instead("ant_networking_records_stored", "34 1795417508000"), ""),
    is: "right",
  },
  "types declared twice": {
    metrics: ok(BODY.replaceAll(/^# TYPE .*$/gm, "$&\n$&"), ""),
    is: "right",
  },
  "a line of 900 KB": { metrics: ok(`${BODY}\nx{y="${"z".repeat(900_000)}"} 1\n`, ""), is: "right" },
  "braces and blanks in labels": {
    metrics: ok(
      instead("ant_networking_records_stored", "34").replace(
        "ant_networking_records_stored 34",
        'ant_networking_records_stored{a="} 7 {",b="\\""} 34',
      ),
      "",
    ),
    is: "right",
  },
  ...Object.fromEntries(
    ["+Inf", "-Inf", "NaN", "-1", "1e309", "99999999999999999999", "", "ten", "0x22x", "\0", "1_000"].map(
      (value) => [
        `records ${JSON.stringify(value)}`,
        { metrics: ok(instead("ant_networking_records_stored", value), ""), is: "unknown" } as const,
      ],
    ),
  ),
  "a length that is too long": { metrics: ok(BODY, `Content-Length: 99999\r\n`), is: "silent" },
  "a length of 12 digits": { metrics: ok(BODY, `Content-Length: 999999999999\r\n`), is: "silent" },
  "a length that cuts": { metrics: ok(BODY, "Content-Length: 30\r\n"), is: "silent" },
  "chunks cut off": { metrics: ok(inChunks(BODY, 900, ""), chunked), is: "silent" },
  "a chunk size that is none": { metrics: ok(`zz\r\n${BODY}\r\n0\r\n\r\n`, chunked), is: "silent" },
  "a chunk of 4 GB": { metrics: ok(`ffffffff\r\n${BODY}\r\n0\r\n\r\n`, chunked), is: "silent" },
  "a negative chunk": { metrics: ok(`-5\r\n${BODY}\r\n0\r\n\r\n`, chunked), is: "silent" },
  gzip: { metrics: gzipSync(BODY), is: "silent" },
  "gzip behind a good head": {
    metrics: Buffer.concat([
      Buffer.from(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync(BODY).length}\r\n\r\n`,
      ),
      gzipSync(BODY),
    ]),
    is: "silent",
  },
  "a redirect": {
    metrics: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    is: "silent",
  },
  "204": { metrics: "HTTP/1.1 204 No Content\r\n\r\n", is: "silent" },
  "500 with a good body": { metrics: ok(BODY).replace("200", "500"), is: "silent" },
  "2000": { metrics: ok(BODY).replace("200", "2000"), is: "silent" },
  "HTTP/2": { metrics: ok(BODY).replace("HTTP/1.1", "HTTP/2"), is: "silent" },
  "an interim answer": { metrics: `HTTP/1.1 100 Continue\r\n\r\n${ok(BODY)}`, is: "silent" },
  "200,000 headers": { metrics: ok(BODY, "X: y\r\n".repeat(200_000)), is: "silent" },
  "a head without end": {
    metrics: (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(60_000)}`),
    is: "silent",
  },
  "a body of 10 MB": { metrics: ok(`${"x".repeat(10_000_000)}\n${BODY}`, ""), is: "silent" },
  zeros: { metrics: new Uint8Array(100_000), is: "silent" },
  "no byte, then the end": { metrics: "", is: "silent" },
  "a reset": { metrics: (socket) => socket.resetAndDestroy(), is: "silent" },
  "one byte a second": { metrics: slowly(ok(BODY), 1, 1000), is: "silent" },
  "a half-closed connection": { metrics: (socket) => void socket.write("HTTP/1.1 200 OK\r\n"), is: "silent" },
  "an ssh server": { metrics: "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", is: "silent" },
  "another program's page": { metrics: ok("<html>It works!</html>"), is: "silent" },
  "another program's metrics": { metrics: ok("# TYPE up gauge\nup 1\n"), is: "silent" },
  "no answer to /metadata": { metrics: ok(BODY), metadata: () => {}, is: "silent" },
  ...Object.fromEntries(
    [
      ["a line break", `${PEER}\\n[root] forged`],
      ["an ESC sequence", "\x1b]0;owned\x07"],
      ["a shell's words", "$(touch owned)`id`;'\\\""],
      ["10 KB", "Q".repeat(10_000)],
      ["a path", "../../../../etc/passwd"],
      ["C1 controls", "\x9b2J\xff\xfe"],
    ].map(([what, id]) => [
      `a peer id of ${what}`,
      {
        metrics: ok(BODY),
        metadata: ok(METADATA.replaceAll(PEER, id ?? "").replaceAll("0.4.17", id ?? ""), ""),
        is: "unknown",
      } as const,
    ]),
  ),
};

/** A server with one behaviour. */
const served = ({ metrics, metadata = ok(METADATA) }: Case, port: number): Promise<Server> =>
  new Promise((ready, fail) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (request) => {
        const answer = request.toString("latin1").startsWith("GET /metadata") ? metadata : metrics;
        if (typeof answer === "function") answer(socket);
        else if (typeof answer === "string") socket.end(answer, "latin1");
        else socket.end(answer);
      });
    })
      .once("error", fail)
      .listen(port, "127.0.0.1", () => ready(server));
  });

test("readable values in answers of every kind are read correctly, and everything else is ignored", async () => {
  await using wnm = await aColony("--node_cap=500");
  const port = Number(wnm.machine().metrics_port_start) * 1000 + 1;
  const cases = Object.entries(CASES);
  const servers = await Promise.all(cases.map(([, one], i) => served(one, port + i)));
  const stand_in = Bun.spawn(["sleep", "600"]);
  const living = livingProcess(stand_in.pid);
  if (living === undefined) throw new Error("the stand-in does not live");
  const { group: _group, ...identity } = living;
  {
    using store = openStore(wnm.database);
    const nodes = cases.map((_, i): Node => {
      const root_dir = join(wnm.base, "node", `antnode${String(i + 1).padStart(4, "0")}`);
      mkdirSync(root_dir);
      const fresh = aNode(i + 1, {
        root_dir,
        metrics_port: port + i,
        version: undefined,
        peer_id: undefined,
      });
      return BECOMES.started({ ...fresh, records: undefined }, identity);
    });
    store.save({ nodes });
  }
  ageSample(wnm);
  const began = performance.now();
  const run = await wnm.run([]);
  const seconds = (performance.now() - began) / 1000;
  stand_in.kill();
  for (const server of servers) server.close();
  expect(seconds).toBeLessThan(120);
  expect(run.code).toBe(0);
  const rows = wnm.nodes();
  const damage = cases.flatMap(([name, { is }], i) => {
    const { status, records, connected_peers, peer_id, version, silent_since } = rows[i] ?? {};
    const found = JSON.stringify({
      records,
      connected_peers,
      peer_id,
      version,
      silent: silent_since !== null,
    });
    const right = { records: 34, connected_peers: 12, peer_id: PEER, version: "0.4.17", silent: false };
    const wrong =
      status !== "RUNNING" ||
      (is === "right" && found !== JSON.stringify(right)) ||
      (is === "silent" && silent_since === null) ||
      (is === "unknown" && (silent_since !== null || (records === 34 && peer_id !== null)));
    return wrong ? [`${name}: ${status} ${found}`] : [];
  });
  process.stderr.write(
    `torture: ${cases.length} kinds of answers in ${seconds.toFixed(1)} s, ${damage.length} taken wrong\n`,
  );
  expect(damage).toEqual([]);
  for (const report of ["node-status", "node-status-details", "influx-resources"]) {
    const { stdout, stderr } = await wnm.ok(["--report", report]);
    expect(stdout + stderr).toMatch(/^[\x20-\x7e\n]*$/);
  }
});
