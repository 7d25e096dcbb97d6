/** A run that is killed between the end of a node's process and its next start: what the next run finds in the row. */
import { expect, test } from "bun:test";
import { StillStopping, WnmError } from "../../src/base/errors.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { execute } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import { type Node, nodeLabel } from "../../src/model/node.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

const KILLED = new Error("the run is killed");
const RESTART: Action = { type: "restart", node: aNode(1).id, reason: "silent" };
const HOLD: Action = { type: "hold", node: aNode(1).id, reason: "it ended 3 times in a row" };
const fails = (error: Error) => async () => {
  throw error;
};

/** Managers with and without their own restart: systemd and launchd, setsid and Docker. */
const WAYS: readonly (readonly [name: string, action: Action, (error: Error) => Partial<ProcessManager>])[] =
  [
    ["restart by a stop", RESTART, (error) => ({ stop: fails(error) })],
    ["restart by its manager", RESTART, (error) => ({ restart: fails(error) })],
    ["hold", HOLD, (error) => ({ stop: fails(error) })],
  ];

/** The stored node and its events after the action failed with the error at its manager. */
async function after(action: Action, manager: Partial<ProcessManager>) {
  using run = anExecution({}, [aNode(1, { crashes: 1 })]);
  const context = {
    ...run.context,
    manager: () => ({ ...run.context.manager("setsid+user"), ...manager }),
  };
  await execute([action], context, 0).catch((error: unknown) => {
    if (error !== KILLED) throw error;
  });
  const [node] = run.store.nodes();
  if (node === undefined) throw new Error("the node is lost");
  return { node, events: run.store.events({}).map(({ kind, reason }) => `${kind}: ${reason}`) };
}

const ENDED = {
  process: { state: "stopped", because: "signal 15" },
  reading: undefined,
  folder: undefined,
  ended_because: undefined,
  shown_on: 13_001,
} as const;

test.each(WAYS)(
  "%s, killed while it ends the process: the row says that wnm ended it",
  async (_, action, meets) => {
    const { node, events } = await after(action, meets(KILLED));
    expect(node).toMatchObject({ stopping_to_restart: true, wanted: "running", pid: 1001 });
    expect(events).toEqual(action === RESTART ? ["restart: silent"] : []);
    const next: Node = settle(node, ENDED, aConfig(), NOW + 60);
    expect(next).toMatchObject({ status: "STOPPED", wanted: "running", crashes: 1 });
  },
);

test("a restart that could not end the process leaves the node running, with one event", async () => {
  const { node, events } = await after(RESTART, { stop: fails(new WnmError("it does not end")) });
  expect(node).toMatchObject({ status: "RUNNING", failures: 1, failed_action: "restart", pid: 1001 });
  expect(events).toEqual(["restart: silent", "failed: restart: it does not end"]);
});

test("a restart is under way while its node needs longer to end", async () => {
  const { node } = await after(RESTART, { stop: fails(new StillStopping(`${nodeLabel(aNode(1))} lives`)) });
  expect(node).toMatchObject({ status: "RESTARTING", stopping_since: NOW, failures: 0 });
});

test("a completed restart has one event and leaves no mark", async () => {
  const { node, events } = await after(RESTART, {});
  expect(node).toMatchObject({ status: "RESTARTING", stopping_to_restart: false, pid: 2001 });
  expect(events).toEqual(["restart: silent"]);
});
