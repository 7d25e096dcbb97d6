import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { NO_HISTORY, type Sample } from "../../src/model/history.ts";
import { aNode, aSnapshot, NOW, quietMetrics } from "../support/builders.ts";

type Changes = Parameters<typeof aSnapshot>[0];

const plan = (changes: Changes) => decide(aSnapshot(changes));
const kinds = (changes: Changes) => plan(changes).map(({ type }) => type);
const many = Array.from({ length: 500 }, (_, i) => aNode(i + 1));
const allow = (max_concurrent_removals: number, max_concurrent_operations = max_concurrent_removals) => ({
  node_cap: 500,
  max_concurrent_removals,
  max_concurrent_operations,
});

describe("one run stops as many nodes as the operator allows, up to what the pressure calls for", () => {
  const metrics = { used_cpu_percent: 87.5 };

  test("pressure a fifth over its threshold costs a fifth of the nodes, the youngest first", () => {
    const config = { ...allow(200), cpu_remove: 70 };
    const actions = plan({ nodes: many, config, metrics });
    expect(actions.length).toBe(100);
    expect(actions[0]).toMatchObject({ type: "stop", node: 500 });
    expect(actions[99]).toMatchObject({ type: "stop", node: 401 });
  });

  test("both the limit of each operation and the common limit bind, and at least one node always goes", () => {
    const of = (config: NonNullable<Changes["config"]>) => kinds({ nodes: many, config, metrics }).length;
    expect(of({ ...allow(30), cpu_remove: 70 })).toBe(30);
    expect(of({ ...allow(30, 12), cpu_remove: 70 })).toBe(12);
    expect(of({ node_cap: 500, cpu_remove: 70 })).toBe(1);
    expect(kinds({ nodes: many.slice(0, 3), config: { ...allow(9), cpu_remove: 70 }, metrics })).toEqual([
      "stop",
    ]);
  });

  test("slow load averages alone cost one node in each run, because they stay high afterwards", () => {
    const config = { ...allow(200), max_load_average_allowed: 4 };
    expect(kinds({ nodes: many, config, metrics: { load_average_15: 16 } })).toEqual(["stop"]);
    expect(kinds({ nodes: many, config, metrics: { load_average_1: 16 } }).length).toBe(200);
  });

  test("with the steady reaction, only pressure that has lasted counts, not one minute's peak of another measurement", () => {
    const sample = (minutes: number): Sample => ({
      ...quietMetrics,
      used_mem_percent: 80,
      nodes: 500,
      taken_at: NOW - minutes * 60,
    });
    const samples = Array.from({ length: 10 }, (_, i) => sample(9 - i));
    const config = { ...allow(200), reaction: "steady" as const, mem_remove: 75 };
    const actions = plan({
      nodes: many,
      config,
      metrics: { used_mem_percent: 80, used_cpu_percent: 100 },
      rest: { history: { ...NO_HISTORY, samples } },
    });
    expect(actions.map(({ type }) => type)).toEqual(Array.from({ length: 31 }, () => "stop"));
  });

  test("memory about to run out costs as many nodes at once as the excess calls for", () => {
    const config = { ...allow(200), reaction: "steady" as const, mem_remove: 75 };
    const actions = plan({ nodes: many, config, metrics: { used_mem_percent: 97 } });
    expect(actions.length).toBe(Math.floor(500 * (1 - 75 / 97)));
  });

  test("a full disk costs as many nodes as hold the excess", () => {
    const nodes = many.map((node) => ({ ...node, data_bytes: 1e9 }));
    const disk = { used_hd_percent: 95, total_hd_bytes: 1e12, free_hd_bytes: 5e10 };
    // 5 % of a terabyte exceed the limit.
    const config = { ...allow(200), hd_remove: 90 };
    expect(kinds({ nodes, config, metrics: disk })).toEqual(Array.from({ length: 50 }, () => "remove"));
    expect(kinds({ nodes: many, config, metrics: disk })).toEqual(["remove"]);
    expect(kinds({ nodes, config: { ...allow(7), hd_remove: 90 }, metrics: disk }).length).toBe(7);
  });
});

describe("upgrades are blocked while a node is being removed", () => {
  const old = { version: "0.4.1" };
  const proven = aNode(2);
  const rest = { upgrades: true };
  const config = { node_cap: 9, max_concurrent_operations: 9, max_concurrent_upgrades: 9 };
  const removing = BECOMES.withoutProcess(BECOMES.removing(aNode(3), "by hand", NOW));

  test("even when slots are free", () => {
    expect(kinds({ nodes: [aNode(1, old), proven], config, rest })).toEqual(["upgrade"]);
    expect(kinds({ nodes: [aNode(1, old), proven, removing], config, rest })).not.toContain("upgrade");
  });

  test("but not by a removal that has failed", () => {
    const failed = { ...removing, failures: 1, failed_action: "remove" as const, failed_at: NOW };
    expect(kinds({ nodes: [aNode(1, old), proven, failed], config, rest })).toContain("upgrade");
  });
});
