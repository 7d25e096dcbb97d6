import { describe, expect, test } from "bun:test";
import type { Action } from "../../src/model/action.ts";
import type { NodeId } from "../../src/model/node.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { forcedResult } from "../../src/report/forced-result.ts";
import { runResult } from "../../src/report/run-result.ts";
import { aNode, aStoppedNode } from "../support/builders.ts";

const node = 1 as NodeId;
const reason = "because";
const did = (action: Action): Outcome => ({ action, ok: true });
const failed = (action: Action): Outcome => ({ action, ok: false, error: "no" });
const remove = (when: "now" | "after delay"): Action => ({
  type: "remove",
  node,
  when,
  cause: "needed",
  reason,
});
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
    ["disabled-node", false, did({ type: "disable", node, reason })],
    ["failed-disable-node", false, failed({ type: "disable", node, reason })],
    ["failed-restart-node", false, failed({ type: "restart", node, reason })],
    ["rolled-back-node", false, did({ type: "rollback", node, to: "1", reason })],
    ["failed-rollback-node", false, failed({ type: "rollback", node, to: "1", reason })],
    ["replaced-node", false, did({ type: "replace", node, by: 2 as NodeId, reason })],
    ["failed-remove-node", false, failed(remove("now"))],
    ["upgrading-node", false, did({ type: "upgrade", node, to: "2", reason })],
    ["upgrade-failed", false, failed({ type: "upgrade", node, to: "2", reason })],
    ["removed-stopped-node", false, did(remove("now"))],
    ["removed-running-node", false, did(remove("after delay"))],
    ["system-rebooted", false, did({ type: "survey", nodes: [node], reason })],
  ])("%s, dry run: %p", (status, dry_run, outcome) => {
    const result = runResult([outcome], NODES, dry_run);
    expect(result.status).toBe(status);
    expect(result.dry_run === true).toBe(dry_run);
  });

  test("the earlier status distinguishes the end of a dead node from the upgrade of a stopped one", () => {
    expect(runResult([did(remove("now"))], [aNode(1, { status: "DEAD" })]).status).toBe("removed-dead-nodes");
    const upgrade = { type: "upgrade", node, to: "2", reason } as const;
    expect(runResult([did(upgrade)], [aStoppedNode(1)]).status).toBe("upgrading-stopped-node");
    expect(runResult([failed(upgrade)], [aStoppedNode(1)]).status).toBe("failed-upgrade");
  });

  test("an idle run says why, and every action is listed, not only the first", () => {
    expect(runResult([did({ type: "idle", reason })], NODES)).toEqual({ status: "idle", reason });
    const second = 2 as NodeId;
    expect(
      runResult([did({ type: "add", node, reason }), failed({ type: "add", node: second, reason })], NODES),
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
  const forced = { byName: false, untouched: [], dry_run: false };

  test("a start that upgrades is reported as an upgrade", () => {
    const upgrade = did({ type: "upgrade", node, to: "2", reason });
    expect(forcedResult({ ...forced, type: "start", outcomes: [upgrade] })).toEqual({
      status: "upgrading-node",
      node: "0001",
    });
    expect(forcedResult({ ...forced, type: "start", byName: true, outcomes: [upgrade] })).toEqual({
      status: "started-nodes",
      started_count: 0,
      started_nodes: [],
      upgraded_count: 1,
      upgraded_nodes: ["antnode0001"],
      failed_count: 0,
      failed_nodes: null,
    });
  });

  test("a failed action is in the list of failures, even if it was the only one", () => {
    expect(
      forcedResult({ ...forced, type: "stop", outcomes: [failed({ type: "stop", node, reason })] }),
    ).toEqual({
      status: "stopped-nodes",
      stopped_count: 0,
      stopped_nodes: null,
      failed_count: 1,
      failed_nodes: [{ service: "antnode0001", error: "no" }],
    });
  });

  test("a teardown reports its method, and what it could not remove", () => {
    const method = "manager-specific";
    expect(forcedResult({ ...forced, type: "teardown", method, outcomes: [did(remove("now"))] })).toEqual({
      status: "cluster-teardown",
      method,
      removed_count: 1,
    });
    expect(
      forcedResult({ ...forced, type: "teardown", method, outcomes: [failed(remove("now"))] }),
    ).toMatchObject({
      removed_count: 0,
      failed_nodes: [{ service: "antnode0001", error: "no" }],
    });
  });
});
