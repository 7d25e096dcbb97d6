import { describe, expect, test } from "bun:test";
import type { Outcome } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import type { NodeId } from "../../src/model/node.ts";
import { forceResult, tickResult } from "../../src/report/outcome.ts";
import { aNode, aStoppedNode } from "../support/builders.ts";

const node = 1 as NodeId;
const reason = "because";
const did = (action: Action): Outcome => ({ action, ok: true });
const failed = (action: Action): Outcome => ({ action, ok: false, error: "no" });
const remove = (when: "now" | "after delay"): Action => ({ type: "remove", node, when, reason });
const NODES = [aNode(1)];

describe("an automatic run", () => {
  test.each<[status: string, dry_run: boolean, outcome: Outcome]>([
    ["added-node", false, did({ type: "add", node, reason })],
    ["failed-create-node", false, failed({ type: "add", node, reason })],
    ["add-node", true, did({ type: "add", node, reason })],
    ["started-node", false, did({ type: "start", node, reason })],
    ["failed-start-node", false, failed({ type: "start", node, reason })],
    ["starting-node", true, did({ type: "start", node, reason })],
    ["stopped-node", false, did({ type: "stop", node, reason })],
    ["upgrading-node", false, did({ type: "upgrade", node, to: "2", reason })],
    ["upgrade-failed", false, failed({ type: "upgrade", node, to: "2", reason })],
    ["removed-stopped-node", false, did(remove("now"))],
    ["removed-running-node", false, did(remove("after delay"))],
    ["system-rebooted", false, did({ type: "survey", nodes: [node], reason })],
  ])("%s, dry run: %p", (status, dry_run, outcome) => {
    const result = tickResult([outcome], NODES, dry_run);
    expect(result.status).toBe(status);
    expect(result.dry_run === true).toBe(dry_run);
  });

  test("what the node was before tells a dead node's end and an upgrade of a stopped one apart", () => {
    expect(tickResult([did(remove("now"))], [aNode(1, { status: "DEAD" })]).status).toBe(
      "removed-dead-nodes",
    );
    const upgrade = { type: "upgrade", node, to: "2", reason } as const;
    expect(tickResult([did(upgrade)], [aStoppedNode(1)]).status).toBe("upgrading-stopped-node");
    expect(tickResult([failed(upgrade)], [aStoppedNode(1)]).status).toBe("failed-upgrade");
  });

  test("idle says why; every action is told, not only the first", () => {
    expect(tickResult([did({ type: "idle", reason })], NODES)).toEqual({ status: "idle", reason });
    const second = 2 as NodeId;
    expect(
      tickResult([did({ type: "add", node, reason }), failed({ type: "add", node: second, reason })], NODES),
    ).toEqual({
      status: "added-node",
      actions: [
        { action: "add", node: "antnode0001", reason, success: true },
        { action: "add", node: "antnode0002", reason, success: false, error: "no" },
      ],
    });
  });
});

describe("a forced action", () => {
  const forced = { by_name: false, untouched: [], dry_run: false };

  test("a start that upgrades is told apart", () => {
    const upgrade = did({ type: "upgrade", node, to: "2", reason });
    expect(forceResult({ ...forced, type: "start", outcomes: [upgrade] })).toEqual({
      status: "upgrading-node",
      node: "0001",
    });
    expect(forceResult({ ...forced, type: "start", by_name: true, outcomes: [upgrade] })).toEqual({
      status: "started-nodes",
      started_count: 0,
      started_nodes: [],
      upgraded_count: 1,
      upgraded_nodes: ["antnode0001"],
      failed_count: 0,
      failed_nodes: [],
    });
  });

  test("one that failed is in the list of failures, also when it was the only one", () => {
    expect(
      forceResult({ ...forced, type: "stop", outcomes: [failed({ type: "stop", node, reason })] }),
    ).toEqual({
      status: "stopped-nodes",
      stopped_count: 0,
      stopped_nodes: null,
      failed_count: 1,
      failed_nodes: [{ service: "antnode0001", error: "no" }],
    });
  });

  test("a teardown tells its means, and what it could not remove", () => {
    const method = "manager-specific";
    expect(forceResult({ ...forced, type: "teardown", method, outcomes: [did(remove("now"))] })).toEqual({
      status: "cluster-teardown",
      method,
      removed_count: 1,
    });
    expect(
      forceResult({ ...forced, type: "teardown", method, outcomes: [failed(remove("now"))] }),
    ).toMatchObject({
      removed_count: 0,
      failed_nodes: [{ service: "antnode0001", error: "no" }],
    });
  });
});
