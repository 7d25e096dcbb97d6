import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { decide } from "../../src/decide/decide.ts";
import { withSample } from "../../src/decide/history.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { emergencies } from "../../src/decide/windows.ts";
import type { ActionType } from "../../src/model/action-types.ts";
import { type History, NO_HISTORY, SAMPLED } from "../../src/model/history.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aNode, aSnapshot, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

setDefaultTimeout(300_000);

const KEPT_MINUTES = 30;

/** Some minutes with similar measurements. */
const spell = fc.record({
  minutes: fc.integer({ min: 1, max: 40 }),
  used_cpu_percent: fc.constantFrom(10, 40, 49, 60, 80, 100),
  used_mem_percent: fc.constantFrom(10, 30, 40, 70, 80, 97),
  load: fc.constantFrom(0, 1, 2, 3, 5, 10),
  measured: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
});

/** A live node that has found others. */
const lives = (node: Node) =>
  settle(
    node,
    {
      process: { state: "running", process: { pid: node.id, pid_started: 1, boot_id: "boot" } },
      reading: {
        answered: true,
        readings: { ...NO_READINGS, connected_peers: 9 },
        version: node.version,
        peer_id: node.peer_id,
      },
      folder: undefined,
      ended_because: undefined,
      shown_on: 23_001,
    },
    aSnapshot({ config: { reaction: "steady" } }).config,
    node.status_since,
  );

test("no node is started and stopped, or stopped and started, within half an hour, except in an emergency", () => {
  let [starts, stops] = [0, 0];
  const property = fc.property(fc.array(spell, { minLength: 2, maxLength: 12 }), (spells) => {
    const rows = new Map<NodeId, Node>([1, 2, 3, 4].map((id) => [id as NodeId, aNode(id)]));
    const last = new Map<NodeId, { readonly type: "start" | "stop"; readonly at: number }>();
    let history: History = NO_HISTORY;
    let now = NOW;
    for (const { minutes, used_cpu_percent, used_mem_percent, load, measured } of spells)
      for (let i = 0; i < minutes; i++, now += 60) {
        const loads = { load_average_1: load, load_average_5: load, load_average_15: load };
        const metrics = measured
          ? { ...quietMetrics, used_cpu_percent, used_mem_percent, ...loads }
          : { ...quietMetrics, used_cpu_percent: undefined };
        const nodes = [...rows.values()].map((node) =>
          node.status === "RESTARTING" ? BECOMES.succeeded({ ...lives(node), status_since: now }) : node,
        );
        for (const node of nodes) rows.set(node.id, node);
        history = withSample(history, metrics, nodes.length, now);
        const s = aSnapshot({
          nodes,
          metrics,
          config: { reaction: "steady", node_cap: 8 },
          rest: { history, now },
        });
        for (const action of decide(s)) {
          if (action.type !== "start" && action.type !== "stop" && action.type !== "add") continue;
          const type = action.type === "stop" ? "stop" : "start";
          const before = last.get(action.node);
          if (before !== undefined && before.type !== type && now - before.at < KEPT_MINUTES * 60)
            expect(type === "stop" && emergencies(s).length > 0).toBe(true);
          last.set(action.node, { type, at: now });
          const row = rows.get(action.node) ?? aStoppedNode(action.node, { born_at: now });
          if (type === "stop") stops++;
          else starts++;
          rows.set(row.id, type === "stop" ? BECOMES.stopped(row, now) : BECOMES.starting(row, now));
        }
      }
  });
  fc.assert(property, { numRuns: 120 });
  expect(starts).toBeGreaterThan(40);
  expect(stops).toBeGreaterThan(40);
});

const quiet = {
  used_cpu_percent: 10,
  used_mem_percent: 10,
  load_average_1: 0.1,
  load_average_5: 0.1,
  used_hd_percent: 30,
};

const minute = fc.oneof(
  fc.record({
    used_cpu_percent: fc.constantFrom(10, 60, 80, 95),
    used_mem_percent: fc.constantFrom(10, 70, 80),
    load_average_1: fc.constantFrom(0.1, 3, 5),
    load_average_5: fc.constantFrom(0.1, 3, 5, 10),
    used_hd_percent: fc.constantFrom(30, 92),
  }),
  // Machines with one problem, or with one that passes, which random cases seldom contain.
  fc.constantFrom(
    quiet,
    { ...quiet, used_cpu_percent: 95 },
    { ...quiet, used_cpu_percent: 80 },
    { ...quiet, load_average_1: 5, load_average_5: 10 },
    { ...quiet, load_average_1: 5, load_average_5: 5 },
  ),
);

/** Measurements that one of two otherwise equal colonies lacks. */
const missing = fc.oneof(
  fc.constant<string[]>([]),
  fc.subarray<string>([...SAMPLED]),
  fc.constantFrom(...SAMPLED).map((name): string[] => [name]),
);

/** A minute that is repeated, so that windows fill. */
const repeated = fc.tuple(minute, missing, fc.constantFrom(1, 3, 5, 8, 10, 12));

test("a missing measurement is never a reason to act", () => {
  const acting = new Set<ActionType>(["stop", "start", "add", "remove"]);
  let acted = 0;
  const property = fc.property(
    fc.array(repeated, { minLength: 1, maxLength: 6 }),
    fc.boolean(),
    (spells, full) => {
      const list = spells
        .flatMap(([one, gone, count]) => Array.from({ length: count }, () => ({ ...one, missing: gone })))
        .slice(-15);
      const planOf = (incomplete: boolean) => {
        let history: History = NO_HISTORY;
        let metrics = quietMetrics;
        for (const [i, { missing, ...one }] of list.entries()) {
          const gone = incomplete ? missing.map((name: string) => [name, undefined] as const) : [];
          metrics = { ...quietMetrics, ...one, ...Object.fromEntries(gone) };
          history = withSample(history, metrics, 3, NOW - (list.length - 1 - i) * 60);
        }
        const quarters = Array.from({ length: 8 }, (_, i) => ({
          ...quietMetrics,
          used_hd_percent: full ? 92 : 30,
          nodes: 3,
          began_at: NOW - (8 - i) * 900,
        }));
        const disk_use = new Map([1, 2, 3].map((id) => [id as NodeId, 1e12] as const));
        const rest = { history: { ...history, quarters }, disk_use };
        const nodes = [aNode(1), aNode(2), aStoppedNode(3)];
        const plan = decide(aSnapshot({ nodes, metrics, config: { reaction: "steady" }, rest }));
        return plan.filter(({ type }) => acting.has(type)).map(({ type }) => type);
      };
      const complete = planOf(false);
      acted += complete.length;
      const incomplete = planOf(true);
      if (complete.length === 0) expect(incomplete).toEqual([]);
      // A removal or a stop takes precedence over what other rules say.
      for (const type of incomplete)
        if (type === "add" || type === "remove") expect(complete).toContain(type);
    },
  );
  fc.assert(property, { numRuns: 3000 });
  expect(acted).toBeGreaterThan(300);
});
