import { expect, test } from "bun:test";
import fc from "fast-check";
import { massFailure } from "../../src/decide/brake.ts";
import { decide } from "../../src/decide/decide.ts";
import { settle } from "../../src/decide/lifecycle.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import {
  inFlight,
  MANAGER_KINDS,
  NO_READINGS,
  NODE_STATUSES,
  type Node,
  type NodeId,
} from "../../src/model/node.ts";
import type { Observation } from "../../src/model/observation.ts";
import { aConfig, aNode, aSnapshot, NOW, quietMetrics } from "../support/builders.ts";

const seconds = fc.integer({ min: 0, max: 7200 });
const percent = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined });
const load = fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined });

const node = (id: number): fc.Arbitrary<Node> =>
  fc
    .record({
      status: fc.constantFrom(...NODE_STATUSES),
      status_since: seconds.map((ago) => NOW - ago),
      born_at: fc.integer({ min: NOW - 10, max: NOW }),
      version: fc.constantFrom(undefined, "0.4.9", "0.4.17", "0.4.18"),
      wanted: fc.constantFrom("running" as const, "stopped" as const),
      pid: fc.option(fc.constant(1000 + id), { nil: undefined }),
      silent_since: fc.option(
        seconds.map((ago) => NOW - ago),
        { nil: undefined },
      ),
      crashes: fc.integer({ min: 0, max: 9 }),
    })
    .map((changes) => aNode(id, changes));

const nodes = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 })
  .chain((ids) => fc.tuple(...ids.map(node)).map((list) => list.toSorted((a, b) => a.id - b.id)));

const slots = fc.integer({ min: 1, max: 5 });

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes,
    cpu: percent,
    mem: percent,
    hd: percent,
    loads: fc.tuple(load, load, load),
    node_cap: fc.integer({ min: 1, max: 15 }),
    max_concurrent_starts: slots,
    max_concurrent_upgrades: slots,
    max_concurrent_removals: slots,
    max_concurrent_operations: slots,
    upgrades: fc.boolean(),
    rebooted: fc.boolean(),
    ids: fc.constantFrom("fill gaps" as const, "never reuse" as const),
    taken: fc.array(fc.integer({ min: 1, max: 20 })).map((list) => new Set(list as NodeId[])),
  })
  .map(({ nodes: list, cpu, mem, hd, loads, upgrades, rebooted, ids, taken, ...config }) =>
    aSnapshot({
      nodes: list,
      config,
      metrics: {
        used_cpu_percent: cpu,
        used_mem_percent: mem,
        used_hd_percent: hd,
        load_average_1: loads[0],
        load_average_5: loads[1],
        load_average_15: loads[2],
      },
      rest: { upgrades, rebooted, ids, taken },
    }),
  );

const freeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !(value instanceof Set)) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
};
const always = (property: (s: Snapshot) => void) =>
  fc.assert(fc.property(snapshots, property), { numRuns: 2000 });
const types = (s: Snapshot) => new Set(decide(s).map((action) => action.type));

test("a plan is never empty, and every action has a reason", () => {
  always((s) => {
    const plan = decide(s);
    expect(plan.length).toBeGreaterThan(0);
    for (const action of plan) expect(action.reason).not.toBe("");
  });
});

test("every action's node exists, and an added one is new and not taken", () => {
  always((s) => {
    const known = new Set(s.nodes.map((n) => n.id));
    for (const action of decide(s)) {
      if (action.type === "add") {
        expect(known.has(action.node)).toBe(false);
        expect(s.taken.has(action.node)).toBe(false);
      } else if ("node" in action) expect(known.has(action.node)).toBe(true);
    }
  });
});

test("no node is twice in a plan", () => {
  always((s) => {
    const ids = decide(s).flatMap((action) => ("node" in action ? [action.node] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("slots are never exceeded; removals that a mass failure puts off hold none", () => {
  always((s) => {
    const plan = decide(s);
    const fresh = plan.filter(
      (action) =>
        ["add", "start", "restart", "upgrade"].includes(action.type) ||
        (action.type === "remove" && action.when === "after delay"),
    );
    const begun = fresh.filter((action) => {
      const target = "node" in action ? s.nodes.find((n) => n.id === action.node) : undefined;
      return target === undefined || !inFlight(target);
    });
    const putOff = (n: Node) => n.status === "REMOVING" && massFailure(s) !== undefined;
    if (begun.length > 0) {
      expect(begun.length + s.nodes.filter((n) => inFlight(n) && !putOff(n)).length).toBeLessThanOrEqual(
        s.config.max_concurrent_operations,
      );
    }
  });
});

test("adding never passes the cap, and starting never makes more run than it", () => {
  always((s) => {
    const plan = decide(s);
    const added = plan.filter((action) => action.type === "add").length;
    if (added > 0) expect(s.nodes.length + added).toBeLessThanOrEqual(s.config.node_cap);
    const started = plan.filter((action) => action.type === "start").length;
    const running = s.nodes.filter((n) => ["RUNNING", "RESTARTING", "UPGRADING"].includes(n.status)).length;
    if (started > 0) expect(running + started).toBeLessThanOrEqual(s.config.node_cap);
  });
});

test("growing and shedding are never in one plan", () => {
  always((s) => {
    const kinds = types(s);
    const grows = kinds.has("add") || kinds.has("start");
    const sheds = kinds.has("stop") || kinds.has("remove");
    expect(grows && sheds).toBe(false);
  });
});

test("raising cpu_remove never creates a stop", () => {
  fc.assert(
    fc.property(
      snapshots,
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 50 }),
      (s, line, more) => {
        const at = (cpu_remove: number) =>
          decide({ ...s, config: { ...s.config, cpu_remove } }).some((action) => action.type === "stop");
        if (!at(line)) expect(at(Math.min(100, line + more))).toBe(false);
      },
    ),
    { numRuns: 2000 },
  );
});

test("a disabled node is left alone, but for the stop that disabling it began", () => {
  always((s) => {
    const touched = new Set(decide(s).flatMap((action) => ("node" in action ? [action.node] : [])));
    for (const n of s.nodes) {
      if (n.status === "DISABLED" && (n.wanted === "running" || n.pid === undefined))
        expect(touched.has(n.id)).toBe(false);
    }
  });
});

test("without --enable_upgrade nothing is upgraded", () => {
  always((s) => expect(types({ ...s, upgrades: false }).has("upgrade")).toBe(false));
});

test("without any measurement nothing is shed for load, and nothing is added", () => {
  always((s) => {
    const blind = {
      ...s,
      metrics: Object.fromEntries(
        Object.keys(quietMetrics).map((key) => [key, undefined]),
      ) as Snapshot["metrics"],
    };
    for (const action of decide(blind)) {
      expect(action.type).not.toBe("add");
      if (action.type === "stop") {
        const target = s.nodes.find((n) => n.id === action.node);
        expect(target?.wanted).toBe("stopped");
      }
    }
  });
});

test("the same snapshot gives the same plan, and is not changed", () => {
  always((s) => {
    const frozen = freeze(s);
    expect(decide(frozen)).toEqual(decide(frozen));
  });
});

const observations: fc.Arbitrary<Observation> = fc.record({
  process: fc.oneof(
    fc.constant({ state: "running" as const, process: { pid: 4, pid_started: 5, boot_id: "b" } }),
    fc.constant({ state: "running" as const, process: undefined }),
    fc.constant({ state: "stopped" as const }),
    fc.constant({ state: "missing" as const }),
    fc.constant({ state: "unknown" as const, because: "?" }),
  ),
  reading: fc.oneof(
    fc.constant(undefined),
    fc.constant({ answered: false as const, because: "timeout" as const }),
    fc.constant({
      answered: true as const,
      readings: { ...NO_READINGS, records: 3 },
      version: "0.4.18",
      peer_id: "p",
    }),
  ),
  has_folder: fc.boolean(),
  ended_because: fc.option(fc.constant("because"), { nil: undefined }),
});
const lives = (property: (before: Node, seen: Observation, after: Node) => void) =>
  fc.assert(
    fc.property(node(7), observations, (before, seen) =>
      property(before, seen, settle(before, seen, aConfig(), NOW)),
    ),
    { numRuns: 5000 },
  );

test("settling is closed over statuses, and only changes the moment with the status", () => {
  lives((before, _seen, after) => {
    expect(NODE_STATUSES).toContain(after.status);
    expect(MANAGER_KINDS).toContain(after.manager_type);
    if (after.status === before.status) expect(after.status_since).toBe(before.status_since);
    else expect(after.status_since).toBe(NOW);
  });
});

test("what is unknown changes no status, and silence alone never does", () => {
  lives((before, seen, after) => {
    // Python wnm's dead nodes may have their data: whatever else is unknown, such a node is not dead.
    if (seen.process.state === "unknown" && !(before.status === "DEAD" && seen.has_folder))
      expect(after.status).toBe(before.status);
    if (seen.process.state === "running")
      expect(["STOPPED", "DEAD"].includes(after.status) && after.status !== before.status).toBe(false);
  });
});

test("a node is called dead only when its process and its folder are both gone", () => {
  lives((before, seen, after) => {
    if (after.status === "DEAD" && before.status !== "DEAD") {
      expect(seen.has_folder).toBe(false);
      expect(["stopped", "missing"]).toContain(seen.process.state);
      expect(seen.reading?.answered).not.toBe(true);
    }
  });
});

test("a disabled node stays disabled, and settling again changes no status further", () => {
  lives((before, seen, after) => {
    if (before.status === "DISABLED") expect(after.status).toBe("DISABLED");
    expect(settle(after, seen, aConfig(), NOW).status).toBe(after.status);
  });
});
