import { afterAll, expect, test } from "bun:test";
import type { Node } from "../../src/model/node.ts";
import { survey } from "../../src/observe/survey.ts";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { ownAccess } from "../../src/process/setsid/access.ts";
import { setsid } from "../../src/process/setsid/manager.ts";
import { metricsBody } from "../fixtures/metrics-body.ts";
import { aNode } from "../support/builders.ts";
import { aGrace } from "../support/grace.ts";

const asked: number[] = [];
let heard = Promise.withResolvers<void>();
const servers = [1, 2, 3, 4].map((id) =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      asked.push(id);
      heard.resolve();
      return new Response(metricsBody({ ant_node_uptime: 7 }));
    },
  }),
);
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));

/** The process that represents every node: this one. */
const own_process = livingProcess(process.pid);
const manager = setsid(ownAccess({ user: "nobody", home: "/nonexistent" }, Bun.sleep, aGrace()));

test("silent nodes are asked first, so that their deadline runs while the others answer", async () => {
  const nodes: readonly Node[] = servers.map(({ port }, i) =>
    aNode(i + 1, {
      metrics_port: Number(port),
      pid: own_process?.pid,
      pid_started: own_process?.pid_started,
      boot_id: own_process?.boot_id,
      silent_since: i === 2 ? 1 : undefined,
    }),
  );
  const pace = {
    delay_ms: 1,
    // The pause between two questions lasts until the first has arrived, so their order is certain.
    sleep: async () => {
      await heard.promise;
      heard = Promise.withResolvers();
    },
    now: () => 1_000,
    identify: () => {
      throw new Error("no program is looked at");
    },
  };
  const seen = await survey(nodes, () => manager, pace);
  expect(asked).toEqual([3, 1, 2, 4]);
  expect([...seen.values()].every(({ reading }) => reading?.answered === true)).toBe(true);
});
