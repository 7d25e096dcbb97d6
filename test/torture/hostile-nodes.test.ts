import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import type { Node } from "../../src/model/node.ts";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { openStore } from "../../src/store/colony.ts";
import { aNode } from "../support/builders.ts";
import { aColony } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";
import { hostileFleet, type Manner } from "./hostile-fleet.ts";

setDefaultTimeout(300_000);

const MANNERS: readonly Manner[] = [
  ...Array<Manner>(50).fill("hangs"),
  ...Array<Manner>(20).fill("drips"),
  ...Array<Manner>(20).fill("endless"),
  ...Array<Manner>(20).fill("garbage"),
  ...Array<Manner>(20).fill("absurd"),
  ...Array<Manner>(370).fill("well"),
];

test("with 500 nodes of which 130 hang, drip, flood or lie, the run is short and small, and the others' data are correct", async () => {
  await using wnm = await aColony("--node_cap=500");
  const port = Number(wnm.machine().metrics_port_start) * 1000 + 1;
  using _fleet = await hostileFleet(port, MANNERS);
  // One long-lived process represents every node: only their answers are tested here.
  const stand_in = Bun.spawn(["sleep", "600"]);
  const process_of = livingProcess(stand_in.pid);
  if (process_of === undefined) throw new Error("the stand-in does not live");
  const { group: _group, ...identity } = process_of;
  {
    using store = openStore(wnm.database);
    const nodes = MANNERS.map((_, i): Node => {
      const root_dir = join(wnm.base, "node", `antnode${String(i + 1).padStart(4, "0")}`);
      mkdirSync(root_dir);
      const node = aNode(i + 1, { root_dir, metrics_port: port + i, version: undefined, peer_id: undefined });
      return BECOMES.started(node, identity);
    });
    store.save({ nodes });
  }
  ageSample(wnm);
  // The kernel includes the parent's memory in a child's peak, so a small program starts it.
  const peak = join(wnm.home, "peak");
  const child = Bun.spawn(["/usr/bin/time", "-f", "%M", "-o", peak, wnm.binary], {
    env: { HOME: wnm.home },
    stdout: "pipe",
    stderr: "pipe",
  });
  const began = performance.now();
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const seconds = (performance.now() - began) / 1000;
  const megabytes = Number(readFileSync(peak, "utf8")) / 1024;
  process.stderr.write(
    `torture: 500 nodes, 130 hostile: ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MiB\n`,
  );
  expect(child.exitCode).toBe(0);
  expect(seconds).toBeLessThan(120);
  expect(megabytes).toBeLessThan(150);
  // On a busy machine some healthy nodes may answer too late for one run.
  const isRead = () => wnm.nodes().every(({ records }, i) => MANNERS[i] !== "well" || records === 34);
  for (let run = 0; run < 9 && !isRead(); run++) await wnm.ok(["--force_action", "survey"]);
  stand_in.kill();
  const rows = wnm.nodes();
  for (const [i, manner] of MANNERS.entries()) {
    const { status, connected_peers, records, peer_id, version } = rows[i] ?? {};
    expect(status).toBe("RUNNING");
    if (manner === "well")
      expect({ connected_peers, records, version }).toEqual({
        connected_peers: 12,
        records: 34,
        version: "0.4.17",
      });
    else expect({ peer_id, version, records }).toEqual({ peer_id: null, version: null, records: -1 });
  }
  const reports = await Promise.all([
    wnm.ok(["--report", "node-status"]),
    wnm.ok(["--report", "node-status", "--json"]),
  ]);
  for (const text of [stdout, stderr, ...reports.flatMap((report) => [report.stdout, report.stderr])]) {
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  }
});
