import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { WnmError } from "../../src/base/errors.ts";
import { execute } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { aNode, aStoppedNode, NOW } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

const reason = "a test";
const act = (type: "add" | "start" | "stop" | "disable" | "enable", id: number): Action => ({
  type,
  node: id as NodeId,
  reason,
});

describe("a plan", () => {
  test("continues in order, with its pauses, after an action that failed", async () => {
    using execution = anExecution({ fails: ["stop 1"] }, [aNode(1), aNode(2), aNode(3)]);
    const { context, journal, store } = execution;
    const outcomes = await execute([act("stop", 1), act("stop", 2), act("stop", 3)], context, 250);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(journal.filter((line) => !line.startsWith("save"))).toEqual([
      ...["stop 1", "sleep 250", "stop 2", "sleep 250", "stop 3"],
    ]);
    expect(store.nodes().map(({ status }) => status)).toEqual(["RUNNING", "STOPPED", "STOPPED"]);
  });

  test("ends at a bug, which is not a failed action", async () => {
    using execution = anExecution({}, [aNode(1)]);
    const { context } = execution;
    const broken = { ...context.manager("setsid+user"), stop: () => Promise.reject(new TypeError("a bug")) };
    await expect(execute([act("stop", 1)], { ...context, manager: () => broken }, 0)).rejects.toThrow(
      TypeError,
    );
  });

  test("says so when a node has left the colony in the meantime", async () => {
    using execution = anExecution();
    expect(await execute([act("stop", 7)], execution.context, 0)).toMatchObject([
      { ok: false, error: "antnode0007 is no longer in the colony" },
    ]);
  });

  test("ends with the final step of its managers, done once, and a failure there is a failure of the plan", async () => {
    using execution = anExecution({}, [aNode(1), aNode(2)]);
    const { context } = execution;
    let finished = 0;
    const finishing = {
      ...context.manager("setsid+user"),
      finish: async () => {
        finished++;
        throw new WnmError("the reload failed");
      },
    };
    const plan = [act("stop", 1), act("stop", 2)] as const;
    const outcomes = await execute(plan, { ...context, manager: () => finishing }, 0);
    expect(finished).toBe(1);
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }, { ok: false, error: "the reload failed" }]);
  });
});

describe("the row after an action", () => {
  const after = async (action: Action, node: Node): Promise<Node | undefined> => {
    using execution = anExecution({}, [node]);
    const [outcome] = await execute([action], execution.context, 0);
    expect(outcome?.ok).toBe(true);
    return execution.store.nodes()[0];
  };

  test("shows a node that was stopped, disabled or enabled", async () => {
    const noProcess = { pid: undefined, pid_started: undefined, status_since: NOW };
    expect(await after(act("stop", 1), aNode(1))).toMatchObject({
      ...noProcess,
      status: "STOPPED",
      wanted: "stopped",
    });
    expect(await after(act("disable", 1), aNode(1))).toMatchObject({
      ...noProcess,
      status: "DISABLED",
      wanted: "stopped",
    });
    const disabled = aStoppedNode(1, { status: "DISABLED", crashes: 4 });
    expect(await after(act("enable", 1), disabled)).toMatchObject({
      ...noProcess,
      status: "STOPPED",
      wanted: "stopped",
      crashes: 0,
    });
  });

  test("shows a started node with its process and the version of its program, without earlier failures", async () => {
    const failed = { failures: 2, failed_action: "stop", failed_at: NOW - 60 } as const;
    expect(await after(act("start", 1), aStoppedNode(1, { ...failed, version: "0.4.16" }))).toMatchObject({
      status: "RESTARTING",
      wanted: "running",
      pid: 2001,
      version: "0.4.17",
      failures: 0,
      failed_action: undefined,
    });
  });
});

describe("a new node", () => {
  test("has a wallet, and ports and folders that follow from its number", async () => {
    using execution = anExecution();
    const { context, store } = execution;
    expect(await execute([act("add", 12)], context, 0)).toMatchObject([{ ok: true }]);
    expect(store.nodes()).toMatchObject([
      {
        id: 12,
        service: "antnode0012.service",
        root_dir: `${context.config.node_storage}/antnode0012`,
        log_dir: `${context.paths.logs}/antnode0012`,
        port: 55_012,
        metrics_port: 13_012,
        wallet: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/),
        born_at: NOW,
        pid: 2012,
      },
    ]);
  });

  test.each([
    ["a file has its name", (folder: string) => writeFileSync(folder, "mine"), "a link or a file"],
    [
      "the folder holds an identity",
      (folder: string) => {
        mkdirSync(folder);
        writeFileSync(`${folder}/secret-key`, "key");
      },
      "holds the identity of another node",
    ],
  ])("is refused before anything is saved when %s", async (_, prepare, sentence) => {
    using execution = anExecution({ placing: "one each" });
    const { context, journal, store } = execution;
    prepare(`${context.config.node_storage}/antnode0001`);
    const outcomes = await execute([act("add", 1)], context, 0);
    expect(outcomes).toMatchObject([{ ok: false, error: expect.stringContaining(sentence) }]);
    expect(journal).toEqual([]);
    expect([store.nodes(), store.containers()]).toEqual([[], []]);
  });
});

describe("a replacement", () => {
  const replace: Action = { type: "replace", node: 1 as NodeId, by: 2 as NodeId, reason };

  test("removes the old node once the new one runs", async () => {
    using execution = anExecution({}, [aNode(1)]);
    const { context, journal, store } = execution;
    expect(await execute([replace], context, 0)).toMatchObject([{ ok: true }]);
    expect(journal.filter((line) => !line.startsWith("save"))).toEqual([
      ...["create 2", "start 2", "stop 1", "remove 1"],
    ]);
    expect(store.nodes()).toMatchObject([{ id: 2, status: "RESTARTING" }]);
  });

  test("leaves the old node unchanged when the new one does not start", async () => {
    using execution = anExecution({ fails: ["start 2"] }, [aNode(1)]);
    const { context, journal, store } = execution;
    expect(await execute([replace], context, 0)).toMatchObject([{ ok: false, error: "start 2 fails" }]);
    expect(journal).not.toContain("stop 1");
    expect(store.nodes()).toMatchObject([{ id: 1, status: "RUNNING", pid: 1001, failed_action: "replace" }]);
  });
});

describe("a start in a folder that is not the node's", () => {
  const doubt = { is: "unknown", because: "its disk is not mounted" } as const;

  test("is refused, unless the operator gives up what was there: then the node starts with a new identity", async () => {
    const node = aStoppedNode(1, { own_disk: true, has_key: true });
    using refused = anExecution({}, [node]);
    const disk = {
      ...refused.context.disk,
      nodeFolder: ({ own_disk }: Pick<Node, "own_disk">) =>
        own_disk === true ? doubt : ({ is: "there", own_disk: false, has_key: false } as const),
    };
    const outcomes = await execute([act("start", 1)], { ...refused.context, disk }, 0);
    expect(outcomes).toMatchObject([{ ok: false, error: expect.stringContaining(doubt.because) }]);
    expect(refused.journal).toEqual([]);
    using given = anExecution({}, [node]);
    const context = { ...given.context, disk, givenUp: new Set([node.id]) };
    expect(await execute([act("start", 1)], context, 0)).toMatchObject([{ ok: true }]);
    expect(given.store.nodes()).toMatchObject([
      { pid: 2001, own_disk: undefined, has_key: false, peer_id: undefined },
    ]);
  });

  test("is refused on a share that takes no changes, but a stop there is not", async () => {
    using execution = anExecution({}, [aStoppedNode(1), aNode(2)]);
    const { context, journal } = execution;
    const stuck = { ...context, disk: { ...context.disk, takesChanges: async () => false } };
    const outcomes = await execute([act("start", 1), act("stop", 2)], stuck, 0);
    expect(outcomes).toMatchObject([
      { ok: false, error: expect.stringContaining("accepts only reads") },
      { ok: true },
    ]);
    expect(journal.filter((line) => line.includes("antnode0001"))).toEqual([]);
  });

  test("is refused, and so is a stop, when the pid file would not open", async () => {
    using execution = anExecution({}, [aStoppedNode(1), aNode(2)]);
    const { context, journal } = execution;
    const stuck = { ...context, disk: { ...context.disk, opens: async () => false } };
    const outcomes = await execute([act("start", 1), act("stop", 2)], stuck, 0);
    const refused = { ok: false, error: expect.stringContaining("antnode.pid is on a share") };
    expect(outcomes).toMatchObject([refused, refused]);
    expect(journal.filter((line) => line.startsWith("stop"))).toEqual([]);
  });

  test("is refused on another storage, whatever the operator gives up", async () => {
    using execution = anExecution({}, [aStoppedNode(1)]);
    const { context, journal } = execution;
    const disk = { ...context.disk, storageProblem: () => "its storage is another disk" };
    const confirmed = { ...context, disk, givenUp: new Set([1 as NodeId]) };
    const outcomes = await execute([act("start", 1)], confirmed, 0);
    expect(outcomes).toMatchObject([{ ok: false, error: expect.stringContaining("another disk") }]);
    expect(journal).toEqual([]);
  });
});
