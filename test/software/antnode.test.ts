import { afterAll, beforeEach, expect, test } from "bun:test";
import { antnode } from "../../src/software/antnode.ts";
import { metadataBody, metricsBody } from "../fixtures/metrics-body.ts";
import { aNode } from "../support/builders.ts";

const PEER = "12D3KooWMDqtXsSEbuWZ5wdrr3Ai6rUWJta6yBgutJaJXusSujuu";
let asked: string[] = [];
beforeEach(() => {
  asked = [];
});

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch({ url }) {
    const { pathname } = new URL(url);
    asked.push(pathname);
    return new Response(
      pathname === "/metrics"
        ? metricsBody({ ant_node_uptime: 100 })
        : metadataBody({ version: "0.4.18", peer_id: PEER }),
    );
  },
});
afterAll(() => server.stop(true));

const ask = (uptime: number | undefined) =>
  antnode.probe(aNode(1, { metrics_port: Number(server.port), uptime }), {
    identity: false,
    deadline_ms: 5_000,
    pid: undefined,
    started_at: undefined,
    count: 0,
    udpPorts: () => undefined,
    now: 0,
  });

test.each([undefined, 99, 100])(
  "a node with an uptime of %p s before that has run on since is asked once",
  async (before) => {
    expect(await ask(before)).toMatchObject({
      answered: true,
      version: undefined,
      readings: { uptime: 100 },
    });
    expect(asked).toEqual(["/metrics"]);
  },
);

test("a node with a shorter uptime than before has restarted and is asked for its version and id again", async () => {
  expect(await ask(101)).toMatchObject({ answered: true, version: "0.4.18", peer_id: PEER });
  expect(asked).toEqual(["/metrics", "/metadata"]);
});
