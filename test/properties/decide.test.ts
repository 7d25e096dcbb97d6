import { expect, test } from "bun:test";
import fc from "fast-check";
import { decide } from "../../src/decide/decide.ts";
import { force } from "../../src/decide/force.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { massFailure } from "../../src/decide/mass-failure.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import { inFlight, MANAGER_KINDS, type Node, type NodeId, REMOVAL_CAUSES } from "../../src/model/node.ts";
import { NODE_STATUSES } from "../../src/model/node-status.ts";
import type { Observation } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aConfig, aNode, aSnapshot, NOW, quietMetrics } from "../support/builders.ts";
import { runs } from "../support/runs.ts";

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
      removal_cause: fc.constantFrom(undefined, ...REMOVAL_CAUSES),
      failures: fc.integer({ min: 0, max: 9 }),
      failed_action: fc.constantFrom(undefined, "stop" as const, "remove" as const, "upgrade" as const),
      failed_at: fc.option(
        seconds.map((ago) => NOW - ago),
        { nil: undefined },
      ),
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
    doubtful: fc.oneof(
      { weight: 3, arbitrary: fc.constant<readonly number[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 30 })) },
    ),
  })
  .map(({ nodes: list, cpu, mem, hd, loads, upgrades, rebooted, ids, taken, doubtful, ...config }) =>
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
      rest: {
        upgrades,
        rebooted,
        ids,
        taken,
        doubtful: new Map(
          list
            .filter(({ id, pid }) => doubtful.includes(id) && pid === undefined)
            .map(({ id }) => [id, "EIO"]),
        ),
      },
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
  fc.assert(fc.property(snapshots, property), { numRuns: runs(2000) });
const types = (s: Snapshot) => new Set(decide(s).map((action) => action.type));

test("a plan is never empty, and every action has a reason", () => {
  always((s) => {
    const plan = decide(s);
    expect(plan.length).toBeGreaterThan(0);
    for (const action of plan) expect(action.reason).not.toBe("");
  });
});

test("every action's node exists, and an added node is new and its number is free", () => {
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

test("no node appears twice in a plan", () => {
  always((s) => {
    const ids = decide(s).flatMap((action) => ("node" in action ? [action.node] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("slots are never exceeded, and removals postponed by a mass failure hold none", () => {
  always((s) => {
    const plan = decide(s);
    const fresh = plan.filter(
      (action) =>
        ["add", "start", "restart", "upgrade"].includes(action.type) ||
        (action.type === "remove" && action.when === "after delay"),
    );
    const begun = fresh.filter((action) => {
      const target = "node" in action ? s.nodes.find((n) => n.id === action.node) : undefined;
      // A removal that failed holds no slot, and retrying it does not begin a new one.
      return target === undefined || !(inFlight(target) || target.status === "REMOVING");
    });
    const putOff = (n: Node) => n.status === "REMOVING" && massFailure(s) !== undefined;
    // Nothing is done to a node whose folder is in doubt, so it holds no slot either: it would block the others.
    const holds = (n: Node) => inFlight(n) && !putOff(n) && !s.doubtful.has(n.id);
    if (begun.length > 0) {
      expect(begun.length + s.nodes.filter(holds).length).toBeLessThanOrEqual(
        s.config.max_concurrent_operations,
      );
    }
  });
});

test("adding never exceeds the cap, and starting never makes more nodes run than it allows", () => {
  always((s) => {
    const plan = decide(s);
    const added = plan.filter((action) => action.type === "add").length;
    if (added > 0) expect(s.nodes.length + added).toBeLessThanOrEqual(s.config.node_cap);
    const started = plan.filter((action) => action.type === "start").length;
    const running = s.nodes.filter((n) => ["RUNNING", "RESTARTING", "UPGRADING"].includes(n.status)).length;
    if (started > 0) expect(running + started).toBeLessThanOrEqual(s.config.node_cap);
  });
});

test("growing and shedding are never in one plan, except for retries of what failed before", () => {
  always((s) => {
    const untroubled = { ...s, nodes: s.nodes.map((n) => ({ ...n, failures: 0 })) };
    const kinds = types(untroubled);
    const grows = kinds.has("add") || kinds.has("start");
    const sheds = kinds.has("stop") || kinds.has("remove");
    expect(grows && sheds).toBe(false);
  });
});

/** What stays the same for a node that is being removed, whatever the machine measures. */
const isDecided = (n: Node | undefined): boolean =>
  n?.status === "DEAD" || (n?.status === "REMOVING" && !["needed", undefined].includes(n.removal_cause));

test("data are deleted only for a full disk, for node_cap, or because it was decided before", () => {
  always((s) => {
    const is_full = s.metrics.used_hd_percent !== undefined && s.metrics.used_hd_percent > s.config.hd_remove;
    const is_over = s.nodes.length > s.config.node_cap;
    for (const action of decide(s)) {
      if (action.type !== "remove") continue;
      const target = s.nodes.find((n) => n.id === action.node);
      expect(isDecided(target) || is_full || is_over).toBe(true);
    }
  });
});

test("a node that runs, crashed, or was stopped less than delay_remove ago is never deleted at once for the colony's need", () => {
  always((s) => {
    for (const action of decide(s)) {
      if (action.type !== "remove" || action.when !== "now" || action.cause !== "needed") continue;
      const target = s.nodes.find((n) => n.id === action.node);
      expect(["STOPPED", "REMOVING"]).toContain(target?.status ?? "");
      expect(NOW - (target?.status_since ?? NOW)).toBeGreaterThanOrEqual(s.config.delay_remove);
      if (target?.status === "STOPPED") expect(target.wanted).toBe("stopped");
      else expect(target?.pid).toBeUndefined();
    }
  });
});

test("removals for node_cap never leave fewer nodes than it allows", () => {
  always((s) => {
    const roomy = { ...s, metrics: { ...s.metrics, used_hd_percent: 10 } };
    const nodes = withoutNeedlessRemovals(roomy);
    const gone = new Set(
      decide({ ...roomy, nodes }).flatMap((action) =>
        action.type === "remove" && action.cause === "needed" ? [action.node] : [],
      ),
    );
    const leaves = (n: Node) => gone.has(n.id) || n.status === "REMOVING" || n.status === "DEAD";
    const stay = nodes.filter((n) => !leaves(n)).length;
    if (gone.size > 0)
      expect(stay).toBeGreaterThanOrEqual(Math.min(s.config.node_cap, nodes.length - gone.size));
    expect(nodes.filter((n) => n.status === "REMOVING" && !isDecided(n)).length).toBeLessThanOrEqual(
      Math.max(0, nodes.filter((n) => !isDecided(n)).length - s.config.node_cap),
    );
  });
});

test("an action that failed a moment ago is not retried by any rule, and takes nothing from a healthy node", () => {
  always((s) => {
    const now = s.nodes.map((n) => ({ ...n, failed_at: NOW }));
    for (const action of decide({ ...s, nodes: now })) {
      const target = "node" in action ? now.find((n) => n.id === action.node) : undefined;
      if (target !== undefined && target.failures > 0)
        expect(action.type).not.toBe(target.failed_action as never);
    }
  });
});

test("raising cpu_remove never causes a stop", () => {
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
    { numRuns: runs(2000) },
  );
});

test("a disabled node is left alone, except for the stop that disabling it began", () => {
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

test("without any measurement no node is stopped for load, and none is added", () => {
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

test("nothing is done to a node whose folder cannot be recognised, and none is added or given up in its place", () => {
  always((s) => {
    for (const action of decide(s)) {
      if ("node" in action) expect(s.doubtful.has(action.node)).toBe(false);
      if ("by" in action) expect(s.doubtful.has(action.by)).toBe(false);
    }
    const added = decide(s).filter(({ type }) => type === "add").length;
    expect(s.nodes.length + added).toBeLessThanOrEqual(Math.max(s.nodes.length, s.config.node_cap));
    const forced = (["remove", "start", "stop", "restart", "upgrade"] as const).flatMap((type) =>
      force(type, { count: s.nodes.length }, s),
    );
    for (const action of forced) if ("node" in action) expect(s.doubtful.has(action.node)).toBe(false);
  });
});

test("the same snapshot gives the same plan, and is not modified", () => {
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
  folder: fc.oneof(
    fc.constant(undefined),
    fc.record({
      is: fc.constant("there" as const),
      own_disk: fc.boolean(),
      has_key: fc.constantFrom(true, false, undefined),
    }),
    fc.constant({ is: "gone" as const }),
    fc.constant({ is: "unknown" as const, because: "EIO" }),
  ),
  shown_on: fc.constant(13_001),
  ended_because: fc.option(fc.constant("because"), { nil: undefined }),
});
const lives = (property: (before: Node, seen: Observation, after: Node) => void) =>
  fc.assert(
    fc.property(node(7), observations, (before, seen) =>
      property(before, seen, settle(before, seen, aConfig(), NOW)),
    ),
    { numRuns: runs(5000) },
  );

test("settling always gives a known status, and changes the time only with the status", () => {
  lives((before, _seen, after) => {
    expect(NODE_STATUSES).toContain(after.status);
    expect(MANAGER_KINDS).toContain(after.manager_type);
    if (after.status === before.status) expect(after.status_since).toBe(before.status_since);
    else expect(after.status_since).toBe(NOW);
  });
});

test("an unknown process changes no status, and neither does silence alone", () => {
  lives((before, seen, after) => {
    // Python wnm's dead nodes may have their data: even if all else is unknown, such a node is not dead.
    const thought_dead =
      before.status === "DEAD" || (before.status === "REMOVING" && before.removal_cause === "dead");
    if (seen.process.state === "unknown" && !(thought_dead && seen.folder?.is === "there"))
      expect(after.status).toBe(before.status);
    if (seen.process.state === "running")
      expect(
        ["STOPPED", "DEAD"].includes(after.status) && after.status !== before.status && !thought_dead,
      ).toBe(false);
  });
});

test("a node is called dead only when its process and its folder are both gone", () => {
  lives((before, seen, after) => {
    if (after.status === "DEAD" && before.status !== "DEAD") {
      expect(seen.folder).toEqual({ is: "gone" });
      expect(["stopped", "missing"]).toContain(seen.process.state);
    }
  });
});

test("a disabled node stays disabled, and settling again changes no status further", () => {
  lives((before, seen, after) => {
    if (before.status === "DISABLED") expect(after.status).toBe("DISABLED");
    expect(settle(after, seen, aConfig(), NOW).status).toBe(after.status);
  });
});
