import { expect, test } from "bun:test";
import type { Finding } from "../../src/model/finding.ts";
import type { NodeId } from "../../src/model/node.ts";
import { prometheus } from "../../src/report/prometheus.ts";
import { aNode, NOW } from "../support/builders.ts";
import { colonyOf, HOSTILE, QUIET, RUNNING } from "./fixture.ts";
import { aReport } from "./metrics.ts";

const RUN = { ended_at: NOW, duration_ms: 1500, status: "added-node", done: 2, failed: 1 };

/** Two of one key on one node, and one of the colony. */
const FINDINGS: readonly Finding[] = [
  { key: "node-dies", severity: "bad", sentence: "antnode0012 died", node: 12 as NodeId },
  { key: "unread-chunk-store", severity: "bad", sentence: "a", node: 1 as NodeId, subject: "a" },
  { key: "unread-chunk-store", severity: "bad", sentence: "b", node: 1 as NodeId, subject: "b" },
  { key: "disk-fills", severity: "warning", sentence: "soon" },
];

/** The samples without help and types. */
const samples = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("host, nodes and the last run are given in base units", () => {
  const found = samples(prometheus(aReport(colonyOf(RUNNING, HOSTILE), { run: RUN, findings: FINDINGS })));
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
    'wnm_findings{severity="bad"} 3',
    'wnm_findings{severity="warning"} 1',
    'wnm_finding{key="node-dies",severity="bad",node="antnode0012"} 1',
    'wnm_finding{key="disk-fills",severity="warning",node=""} 1',
  ]) {
    expect(found).toContain(line);
  }
  // An unknown value is not a sample, and certainly not zero.
  expect(found.filter((line) => line.startsWith('wnm_node_records{node="antnode0012"}'))).toEqual([]);
});

test("promtool has no complaint, for no, one and many nodes", () => {
  for (const nodes of [[], [QUIET], [RUNNING, QUIET, HOSTILE]]) {
    const run = nodes.length === 0 ? undefined : RUN;
    const text = prometheus(aReport(colonyOf(...nodes), { run, findings: FINDINGS }));
    const done = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: new TextEncoder().encode(text) });
    expect([done.exitCode, done.stdout.toString(), done.stderr.toString()]).toEqual([0, "", ""]);
  }
});

test("a silent node counts as not answering, its old readings are not samples, and rewards keep every digit", () => {
  const silent = { ...RUNNING, silent_since: NOW - 200, rewards: 12_345_678_901_234_567_890n };
  const found = samples(
    prometheus(aReport(colonyOf(silent, aNode(2, { uptime: 5 })), { surveyed_at: NOW - 60 })),
  );
  for (const line of [
    'wnm_node_answers{node="antnode0001"} 0',
    'wnm_node_answers{node="antnode0002"} 1',
    'wnm_node_rewards_ant{node="antnode0001"} 12.34567890123456789',
    'wnm_node_rewards_atto{node="antnode0001"} 12345678901234567890',
    `wnm_survey_timestamp_seconds ${NOW - 60}`,
  ])
    expect(found).toContain(line);
  expect(found.filter((line) => line.startsWith('wnm_node_records{node="antnode0001"}'))).toEqual([]);
});

test("the colony as a whole has its totals, and each existing node its counts", () => {
  const totals = {
    ...{ deaths: 5, restarts: 6, refused: 2, actions: { start: 4 } },
    nodes: new Map([[1 as NodeId, { deaths: 3, restarts: 2 }]]),
  };
  const found = samples(
    prometheus(aReport(colonyOf(RUNNING, HOSTILE), { totals, earned_day: 1_500_000_000_000_000_000n })),
  );
  for (const line of [
    'wnm_nodes_by_version{version=""} 1',
    "wnm_colony_answering_nodes 1",
    "wnm_colony_silent_nodes 0",
    "wnm_colony_records 10",
    "wnm_colony_least_connected_peers 40",
    "wnm_colony_earned_day_ant 1.5",
    "wnm_colony_deaths_total 5",
    "wnm_colony_restarts_total 6",
    "wnm_refused_runs_total 2",
    'wnm_actions_total{action="start"} 4',
    'wnm_actions_total{action="remove"} 0',
    'wnm_node_deaths_total{node="antnode0001"} 3',
    'wnm_node_restarts_total{node="antnode0001"} 2',
    'wnm_node_deaths_total{node="antnode0012"} 0',
  ])
    expect(found).toContain(line);
});

test("prometheus_nodes decides how many series a node has; those of the colony stay", () => {
  const nodes = Array.from({ length: 50 }, (_, i) => ({ ...RUNNING, id: (i + 1) as NodeId }));
  const series = (prometheus_nodes: "all" | "few" | "none"): readonly string[] => {
    const s = colonyOf(...nodes);
    return samples(prometheus(aReport({ ...s, config: { ...s.config, prometheus_nodes } })));
  };
  const of = (lines: readonly string[]): number =>
    lines.filter((line) => line.includes('node="antnode')).length;
  expect([of(series("few")), of(series("none"))]).toEqual([9 * 50 - 50, 0]);
  expect(of(series("all"))).toBeGreaterThan(20 * 50);
  expect(series("none")).toContain("wnm_colony_records 500");
});
