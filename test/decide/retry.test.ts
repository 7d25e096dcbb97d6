import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import type { Action } from "../../src/model/action.ts";
import type { ActionType } from "../../src/model/action-types.ts";
import type { Node } from "../../src/model/node.ts";
import type { Observation } from "../../src/model/observation.ts";
import { aConfig, aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const told = (plan: readonly Action[]) =>
  plan.map((action) => ("node" in action ? `${action.type} ${action.node}` : action.type));
const plan = (changes: Parameters<typeof aSnapshot>[0]) => told(decide(aSnapshot(changes)));

/** The last try of the action failed this long ago; it was the `failures`th in a row. */
const failed = (failed_action: ActionType, ago: number, failures = 1): Partial<Node> => ({
  failures,
  failed_action,
  failed_at: NOW - ago,
  problem: "it is in the way",
});
const stuck = (id: number, ago: number, failures = 1) =>
  aStoppedNode(id, { status: "REMOVING", removal_cause: "begun", ...failed("remove", ago, failures) });
const down = (id: number) =>
  aStoppedNode(id, { wanted: "running", crashes: 1, status_since: NOW - 5, problem: undefined });

describe("a node on which an action fails", () => {
  test("is retried after 1, 2, 5, 15, 30 and 60 minutes, then hourly", () => {
    const config = { node_cap: 1 };
    for (const [i, wait] of [60, 120, 300, 900, 1800, 3600, 3600, 3600].entries()) {
      expect(plan({ nodes: [stuck(1, wait - 1, i + 1)], config })).toEqual(["idle"]);
      expect(plan({ nodes: [stuck(1, wait, i + 1)], config })).toEqual(["remove 1"]);
    }
  });

  test("says in an idle run what it is waiting for", () => {
    expect(decide(aSnapshot({ nodes: [stuck(1, 10)], config: { node_cap: 1 } }))[0].reason).toContain(
      "remove of antnode0001 is tried again in 50 s (it is in the way)",
    );
  });

  test("does not prevent others from being started, stopped, upgraded or added, even with one slot for all", () => {
    const busy = { used_mem_percent: 90 };
    const upgrades = { upgrades: true };
    expect(plan({ nodes: [stuck(1, 10), down(2)] })).toEqual(["start 2"]);
    expect(plan({ nodes: [stuck(1, 10), aNode(2)], metrics: busy })).toEqual(["stop 2"]);
    expect(plan({ nodes: [stuck(1, 10), aNode(2, { version: "0.4.9" })], rest: upgrades })).toEqual([
      "upgrade 2",
    ]);
    expect(plan({ nodes: [stuck(1, 10), aNode(2)] })).toEqual(["add 3"]);
    const full = plan({ nodes: [stuck(1, 10), aNode(2)], metrics: { used_hd_percent: 95 } });
    expect(full).toEqual(["remove 2"]);
  });

  test("is retried in addition to, and after, what the rules decide for other nodes", () => {
    expect(plan({ nodes: [stuck(1, 60), down(2)] })).toEqual(["start 2", "remove 1"]);
    const frozen = aNode(1, { wanted: "stopped", ...failed("stop", 60) });
    expect(plan({ nodes: [frozen, down(2)] })).toEqual(["start 2", "stop 1"]);
    const dead = aStoppedNode(1, { status: "DEAD", ...failed("remove", 60) });
    expect(plan({ nodes: [dead, down(2)] })).toEqual(["start 2", "remove 1"]);
  });

  test("does not take another node's slot below the cap", () => {
    const nodes = [stuck(1, 10), aNode(2), aNode(3)];
    expect(plan({ nodes, config: { node_cap: 2, max_concurrent_removals: 5 } })).toEqual(["idle"]);
  });

  test("is skipped when the rules need a node for the same action: the next one is chosen", () => {
    const frozen = aNode(9, { born_at: NOW, ...failed("stop", 10) });
    expect(plan({ nodes: [aNode(1), frozen], metrics: { used_mem_percent: 90 } })).toEqual(["stop 1"]);
    expect(plan({ nodes: [aNode(1), frozen], config: { node_cap: 1 } })).toEqual(["remove 1"]);
    const silent = (id: number, changes: Partial<Node>) =>
      aNode(id, { silent_since: NOW - 9000, ...changes });
    expect(plan({ nodes: [silent(1, failed("restart", 60)), silent(2, {})] })).toEqual(["restart 2"]);
    const old = (id: number, changes: Partial<Node> = {}) => aNode(id, { version: "0.4.9", ...changes });
    const rest = { upgrades: true };
    expect(plan({ nodes: [old(1, failed("upgrade", 10)), old(2)], rest })).toEqual(["upgrade 2"]);
  });

  test("is stopped for load as usual if only its upgrade failed", () => {
    const nodes = [aNode(1), aNode(2, failed("upgrade", 10))];
    expect(plan({ nodes, metrics: { used_mem_percent: 90 } })).toEqual(["stop 2"]);
  });

  test("is started if it is down and cannot be upgraded", () => {
    const nodes = [
      aStoppedNode(1, { wanted: "running", version: "0.4.9", ...failed("upgrade", 10) }),
      aNode(2),
    ];
    expect(plan({ nodes, rest: { upgrades: true } })).toEqual(["start 1"]);
  });

  test("does not wait longer because the clock was wrong when it failed", () => {
    expect(plan({ nodes: [stuck(1, -1e9)], config: { node_cap: 1 } })).toEqual(["remove 1"]);
  });
});

describe("the count of failures", () => {
  const failure = { because: "no", obstacle: undefined };
  test("continues while actions with the same aim fail, and restarts with another action", () => {
    const once = BECOMES.failed(aNode(1), aNode(1), { action: "stop", ...failure }, NOW);
    expect(once).toMatchObject({ failures: 1, failed_action: "stop", failed_at: NOW, problem: "no" });
    expect(BECOMES.failed(once, once, { action: "remove", ...failure }, NOW).failures).toBe(2);
    const upgraded = BECOMES.failed(aNode(1), aNode(1), { action: "upgrade", ...failure }, NOW);
    expect(BECOMES.failed(upgraded, upgraded, { action: "stop", ...failure }, NOW).failures).toBe(1);
  });

  const THERE = { is: "there", own_disk: false, has_key: true } as const;
  const seen = (changes: Partial<Observation>): Observation => ({
    process: { state: "stopped" },
    reading: undefined,
    folder: THERE,
    ended_because: undefined,
    shown_on: 23_001,
    ...changes,
  });

  test("is reset once the process that could not be stopped has ended", () => {
    const frozen = aNode(1, { status: "REMOVING", wanted: "stopped", ...failed("remove", 10, 5) });
    expect(settle(frozen, seen({}), aConfig(), NOW)).toMatchObject({ status: "REMOVING", failures: 0 });
  });

  test("is kept, but the next try comes at once, when the obstacle has changed", () => {
    const left = { ...stuck(1, 10, 3), obstacle: "a" };
    expect(settle(left, seen({ obstacle: "a" }), aConfig(), NOW).failed_at).toBe(NOW - 10);
    const mended = settle(left, seen({ obstacle: "b" }), aConfig(), NOW);
    expect(mended).toMatchObject({ failures: 3, failed_at: undefined, obstacle: "b" });
    expect(plan({ nodes: [mended, down(2)] })).toEqual(["start 2", "remove 1"]);
  });

  test("is kept for a dead node whose logs cannot be deleted", () => {
    const dead = { ...stuck(1, 10, 3), removal_cause: "dead" as const };
    const after = settle(
      dead,
      seen({ folder: { is: "gone" }, process: { state: "missing" } }),
      aConfig(),
      NOW,
    );
    expect(after).toMatchObject({ status: "REMOVING", failures: 3 });
    const back = settle(dead, seen({ folder: THERE }), aConfig(), NOW);
    expect(back).toMatchObject({ status: "STOPPED", removal_cause: undefined });
  });
});
