import { expect, test } from "bun:test";
import { execute } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import type { NodeId } from "../../src/model/node.ts";
import { aNode, aStoppedNode } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

const act = (type: "start" | "restart" | "stop", id: number): Action => ({
  type,
  node: id as NodeId,
  reason: "a test",
});
const running = () => [1, 2, 3].map((id) => aNode(id));
const stopped = () => [1, 2, 3].map((id) => aStoppedNode(id));
/** The nodes whose definitions were written before the first of them was stopped or started. */
const before = (journal: readonly string[]) => {
  const calls = journal.filter((line) => !line.startsWith("save"));
  return calls.slice(
    0,
    calls.findIndex((line) => !line.startsWith("create")),
  );
};

test("the definitions of several nodes that restart, or start one by one, are written before the first of them starts", async () => {
  using restarts = anExecution({ startAll: true }, running());
  await execute([act("restart", 1), act("restart", 2)], restarts.context, 0);
  expect(before(restarts.journal)).toEqual(["create 1", "create 2"]);
  using starts = anExecution({ startAll: true }, stopped());
  await execute([act("start", 1), act("start", 2), act("start", 3)], starts.context, 10);
  expect(before(starts.journal).slice(0, 3)).toEqual(["create 1", "create 2", "create 3"]);
});

test("a single node, a stop, and a manager that reloads nothing do not need that step", async () => {
  using one = anExecution({ startAll: true }, running());
  await execute([act("restart", 1), act("stop", 2)], one.context, 0);
  expect(before(one.journal)).toEqual([]);
  using plain = anExecution({}, running());
  await execute([act("restart", 1), act("restart", 2)], plain.context, 0);
  expect(before(plain.journal)).toEqual([]);
});

test("a definition that cannot be written fails only the action on its own node", async () => {
  using execution = anExecution({ startAll: true, fails: ["create 2"] }, running());
  const outcomes = await execute([act("restart", 1), act("restart", 2)], execution.context, 0);
  expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: "create 2 fails" }]);
  expect(execution.store.nodes()).toMatchObject([
    { status: "RESTARTING" },
    { status: "STOPPED", problem: "create 2 fails" },
    { status: "RUNNING" },
  ]);
});

test("a node whose folder is in doubt gets no definition, and keeps running", async () => {
  using execution = anExecution({ startAll: true }, running());
  const { context, journal, store } = execution;
  const doubtful = {
    ...context,
    disk: {
      ...context.disk,
      nodeFolder: ({ root_dir }: { readonly root_dir: string }) =>
        root_dir.endsWith("antnode0002")
          ? ({ is: "unknown", because: "its disk is not mounted" } as const)
          : ({ is: "there", own_disk: false, has_key: true } as const),
    },
  };
  const outcomes = await execute([act("restart", 1), act("restart", 2)], doubtful, 0);
  expect(outcomes[1]).toMatchObject({ ok: false, error: expect.stringContaining("its disk is not mounted") });
  expect(journal.filter((line) => line.endsWith(" 2"))).toEqual([]);
  expect(store.nodes()[1]).toMatchObject({ status: "RUNNING", pid: 1002 });
});
