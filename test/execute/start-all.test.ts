import { describe, expect, test } from "bun:test";
import { ProcessUnknown } from "../../src/base/errors.ts";
import { execute } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { aStoppedNode } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

type Plan = [Action, ...Action[]];
const plan = (type: "add" | "start", ...ids: readonly number[]): Plan =>
  ids.map((id): Action => ({ type, node: id as NodeId, reason: "a test" })) as Plan;
const ADD = plan("add", 1, 2, 3);
const START = plan("start", 1, 2, 3);
const stopped = () => [1, 2, 3].map((id) => aStoppedNode(id));
const calls = (journal: readonly string[]) => journal.filter((line) => !line.startsWith("save"));

describe("one call for many starts", () => {
  test("creates all nodes, then starts them at once without a gap, and each keeps its own process", async () => {
    for (const [actions, nodes] of [
      [ADD, []],
      [START, stopped()],
    ] as const) {
      using execution = anExecution({ startAll: true }, nodes);
      const { context, journal, store } = execution;
      const outcomes = await execute(actions, context, 0);
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
      expect(calls(journal)).toEqual(["create 1", "create 2", "create 3", "startAll"]);
      expect(store.nodes()).toMatchObject([
        { status: "RESTARTING", wanted: "running", pid: 2001 },
        { status: "RESTARTING", wanted: "running", pid: 2002 },
        { status: "RESTARTING", wanted: "running", pid: 2003 },
      ]);
    }
  });

  test("is not used with a gap, or when the manager cannot do it", async () => {
    const apart = ["create 1", "start 1", "create 2", "start 2", "create 3", "start 3"];
    using slow = anExecution({ startAll: true });
    await execute(ADD, slow.context, 50);
    expect(calls(slow.journal).filter((line) => line !== "sleep 50")).toEqual(apart);
    expect(slow.journal.filter((line) => line === "sleep 50")).toHaveLength(2);
    using plain = anExecution({}, stopped());
    await execute(START, plain.context, 0);
    expect(calls(plain.journal)).toEqual(apart);
  });
});

describe("a failure among many", () => {
  test("of a new node removes that node, and the others run", async () => {
    using execution = anExecution({ startAll: true, fails: ["start 2"] });
    const { context, journal, store } = execution;
    const outcomes = await execute(ADD, context, 0);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(calls(journal).slice(3)).toEqual(["startAll", "stop 2", "remove 2"]);
    expect(store.nodes()).toMatchObject([{ pid: 2001 }, { pid: 2003 }]);
  });

  test("of a new node that cannot be removed leaves it to a later run, and the others run", async () => {
    using execution = anExecution({ startAll: true, fails: ["start 1", "remove 1"] });
    const { context, store } = execution;
    const outcomes = await execute(ADD, context, 0);
    expect(outcomes).toMatchObject([{ ok: false, error: "start 1 fails" }, { ok: true }, { ok: true }]);
    expect(store.nodes()).toMatchObject([
      { status: "REMOVING", removal_cause: "begun" },
      { status: "RESTARTING", pid: 2002 },
      { status: "RESTARTING", pid: 2003 },
    ]);
  });

  test("of an existing node counts as its crash", async () => {
    using execution = anExecution({ startAll: true, fails: ["start 2", "create 3"] }, stopped());
    const { context, store } = execution;
    const outcomes = await execute(START, context, 0);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect(store.nodes()).toMatchObject([
      { status: "RESTARTING", crashes: 0 },
      { status: "STOPPED", wanted: "running", crashes: 2, problem: "start 2 fails" },
      { status: "STOPPED", wanted: "running", crashes: 2, problem: "create 3 fails" },
    ]);
  });

  test("of a node that may already run unseen leaves it as it was", async () => {
    const nodes = stopped();
    using execution = anExecution({ startAll: true }, nodes);
    const { context, store } = execution;
    const manager = context.manager("systemd+user");
    const blind: ProcessManager = {
      ...manager,
      startAll: async (starts) =>
        new Map(
          starts.map(({ node: { id } }) => [
            id,
            id === 2
              ? new ProcessUnknown("antnode0002", "its process is hidden")
              : { pid: 9, pid_started: 1, boot_id: "boot" },
          ]),
        ),
    };
    const outcomes = await execute(START, { ...context, manager: () => blind }, 0);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(store.nodes()[1]).toEqual(nodes[1] as Node);
  });

  test("of the call itself is a failure of every node", async () => {
    using started = anExecution({ startAll: true, fails: ["startAll"] }, stopped());
    const outcomes = await execute(START, started.context, 0);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: false, error: "startAll fails" });
    expect(started.store.nodes().map(({ status, crashes }) => [status, crashes])).toEqual(
      Array(3).fill(["STOPPED", 2]),
    );
    using added = anExecution({ startAll: true, fails: ["startAll"] });
    expect((await execute(ADD, added.context, 0)).every(({ ok }) => !ok)).toBe(true);
    expect(added.store.nodes()).toEqual([]);
  });
});
