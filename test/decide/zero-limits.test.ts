import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

type Changes = Parameters<typeof aSnapshot>[0];

/** The plan of a run, in short. */
function plan(changes: Changes): readonly string[] {
  const s = aSnapshot(changes);
  return decide({ ...s, nodes: withoutNeedlessRemovals(s) }).map((action) =>
    "node" in action ? `${action.type} ${action.node}` : action.type,
  );
}
const reason = (changes: Changes): string => decide(aSnapshot(changes))[0].reason;

const busy = { used_cpu_percent: 83 };
const waiting = (id: number) => BECOMES.withoutProcess(BECOMES.removing(aNode(id), "needed", NOW - 10_000));
const crashed = (id: number) =>
  aStoppedNode(id, { wanted: "running", crashes: 1, status_since: NOW - 10_000 });

describe("node_cap 0 drains the machine", () => {
  const config = { node_cap: 0 };

  test("running nodes are stopped, the youngest first and with the reason, and none is removed", () => {
    const nodes = [aNode(1, { born_at: 10 }), aNode(2, { born_at: 20 })];
    expect(plan({ nodes, config })).toEqual(["stop 2"]);
    expect(reason({ nodes, config })).toBe("node_cap is 0: every node is stopped and keeps its data");
    expect(plan({ nodes, config: { ...config, max_concurrent_removals: 9 } })).toEqual(["stop 2", "stop 1"]);
  });

  test("stopped and crashed nodes stay as they are, and waiting removals are cancelled", () => {
    const nodes = [aStoppedNode(1, { status_since: NOW - 10_000 }), crashed(2), waiting(3)];
    expect(plan({ nodes, config })).toEqual(["idle"]);
    expect(reason({ nodes, config })).toContain("node_cap 0");
    expect(plan({ nodes: [], config })).toEqual(["idle"]);
  });
});

describe("a limit of 0 means that the operation never happens automatically", () => {
  test("no node is added, started or restarted", () => {
    const config = { max_concurrent_starts: 0 };
    for (const nodes of [
      [],
      [aStoppedNode(1, { status_since: NOW - 10_000 })],
      [crashed(1), aNode(2)],
      [{ ...crashed(1), upgraded_itself: true }, aNode(2)],
      [aNode(1, { silent_since: NOW - 10_000 }), aNode(2)],
    ]) {
      expect(plan({ nodes, config })).toEqual(["idle"]);
      expect(reason({ nodes, config })).toContain("max_concurrent_starts is 0");
    }
  });

  test("no node is upgraded, not even when it starts", () => {
    const rest = { upgrades: true };
    const config = { max_concurrent_upgrades: 0, node_cap: 2 };
    const old = { version: "0.4.1" };
    expect(plan({ nodes: [aNode(1, old), aNode(2, old)], config, rest })).toEqual(["idle"]);
    expect(plan({ nodes: [aNode(1, old), { ...crashed(2), ...old }], config, rest })).toEqual(["start 2"]);
  });

  test("no node is removed for node_cap, and a waiting removal is cancelled", () => {
    const config = { max_concurrent_removals: 0, node_cap: 1 };
    expect(plan({ nodes: [aNode(1), aNode(2)], config })).toEqual(["idle"]);
    expect(plan({ nodes: [aNode(1), waiting(2)], config })).toEqual(["idle"]);
  });

  test("max_concurrent_operations 0 allows none of them, but a busy machine still stops nodes", () => {
    const config = { max_concurrent_operations: 0 };
    expect(plan({ config })).toEqual(["idle"]);
    expect(reason({ config })).toContain("max_concurrent_operations is 0");
    expect(plan({ nodes: [aNode(1), aNode(2)], config, metrics: busy })).toEqual(["stop 2"]);
  });
});

test("a percentage above 100 is never reached", () => {
  const full = { used_cpu_percent: 100, used_mem_percent: 100, used_hd_percent: 99 };
  const never = { cpu_remove: 101, mem_remove: 150, hd_remove: 200 };
  const always = { cpu_less_than: 101, mem_less_than: 101, hd_less_than: 101 };
  expect(plan({ nodes: [aNode(1)], metrics: full, config: { ...never, node_cap: 1 } })).toEqual(["idle"]);
  expect(plan({ metrics: full, config: { ...never, ...always } })).toEqual(["add 1"]);
});
