import { expect, test } from "bun:test";
import { prometheus } from "../../src/report/prometheus.ts";
import { NOW } from "../support/builders.ts";
import { colonyOf, HOSTILE, QUIET, RUNNING } from "./fixture.ts";

const RUN = { ended_at: NOW, duration_ms: 1500, status: "added-node", done: 2, failed: 1 };

/** The samples without help and types. */
const samples = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("host, nodes and the last run, in base units", () => {
  const found = samples(prometheus(colonyOf(RUNNING, HOSTILE), RUN, "1.2.3"));
  for (const line of [
    'wnm_build_info{version="1.2.3"} 1',
    "wnm_host_cpu_used_ratio 0.125",
    "wnm_host_disk_free_bytes 700000000000",
    'wnm_nodes{status="RUNNING"} 1',
    'wnm_nodes{status="STOPPED"} 1',
    'wnm_nodes{status="DEAD"} 0',
    'wnm_node_up{node="antnode0001"} 1',
    'wnm_node_up{node="antnode0012"} 0',
    'wnm_node_records{node="antnode0001"} 10',
    // 97.81 MiB of 1048576 bytes, and 0.03 % of a processor.
    'wnm_node_memory_bytes{node="antnode0001"} 102561219',
    'wnm_node_cpu_ratio{node="antnode0001"} 0.0003',
    'wnm_node_info{node="antnode0012",status="STOPPED",version="",peer_id="a \\"quoted\\" back\\\\slash, comma=equals",manager="setsid+user"} 1',
    "wnm_last_run_duration_seconds 1.5",
    'wnm_last_run_actions{result="failed"} 1',
    'wnm_last_run_info{status="added-node"} 1',
  ]) {
    expect(found).toContain(line);
  }
  // What is unknown is no sample, least of all a zero.
  expect(found.filter((line) => line.startsWith('wnm_node_records{node="antnode0012"}'))).toEqual([]);
});

test("promtool finds nothing to say against it, for no, one and many nodes", () => {
  for (const nodes of [[], [QUIET], [RUNNING, QUIET, HOSTILE]]) {
    const text = prometheus(colonyOf(...nodes), nodes.length === 0 ? undefined : RUN, "1.2.3");
    const done = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: new TextEncoder().encode(text) });
    expect([done.exitCode, done.stdout.toString(), done.stderr.toString()]).toEqual([0, "", ""]);
  }
});
