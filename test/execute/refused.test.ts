import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeletionRefused, NoRights, WnmError } from "../../src/base/errors.ts";
import type { ExecutionContext } from "../../src/execute/context.ts";
import { execute } from "../../src/execute/execute.ts";
import { teardown } from "../../src/execute/teardown.ts";
import type { Action } from "../../src/model/action.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { aConfig, aHost, aNode, NOW } from "../support/builders.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-refused-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Step = "stop" | "remove" | "reset";
const denied = () => new NoRights(["sudo", "-n", "rm"], "sudo: a password is required");

/** A manager in memory whose nodes run until they are stopped, and that fails at one step. */
function failingAt(step: Step | undefined, failure: () => WnmError, resets: boolean): ProcessManager {
  const ended = new Set<NodeId>();
  const unused = () => Promise.reject(new Error("nothing else is needed"));
  const failIf = async (at: Step) => {
    if (at === step) throw failure();
  };
  return {
    ids: "fill gaps",
    supervised: true,
    account: { user: "ant", home: "/home/ant" },
    create: unused,
    start: unused,
    upgrade: unused,
    discover: unused,
    stop: async ({ id }) => {
      await failIf("stop");
      ended.add(id);
    },
    remove: () => failIf("remove"),
    ...(resets ? { reset: () => failIf("reset") } : {}),
    inspect: async (nodes) =>
      new Map(
        nodes.map(({ id }) => [
          id,
          ended.has(id) ? { state: "stopped" } : { state: "running", process: undefined },
        ]),
      ),
  };
}

/** What the store contains about a node after the action. */
async function after(
  action: Omit<Action, "node">,
  node: Partial<Node>,
  step: Step | undefined,
  failure: () => WnmError = denied,
): Promise<Node | undefined> {
  const root_dir = join(folder, "antnode0001");
  mkdirSync(root_dir, { recursive: true });
  const before = aNode(1, { root_dir, log_dir: undefined, ...node });
  const stored = new Map<NodeId, Node>([[before.id, before]]);
  const manager = failingAt(step, failure, step === "reset");
  const context = {
    store: {
      save: ({ nodes = [] }: { nodes?: readonly Node[] }) => {
        for (const one of nodes) stored.set(one.id, one);
      },
      drop: (id: NodeId) => stored.delete(id),
    },
    config: aConfig(),
    paths: aHost.paths,
    allowedFolders: { storages: [folder], logs: "/logs" },
    disk: {
      storageProblem: () => undefined,
      takesChanges: async () => true,
      opens: async () => true,
      nodeFolder: () => ({ is: "there", own_disk: false, has_key: true }),
    },
    givenUp: new Set(),
    manager: () => manager,
    now: () => NOW,
    begins: () => {},
    goesOn: () => {},
    ended: () => {},
    nodes: new Map([[before.id, before]]),
    cause: { readings: undefined, by: "cron" },
    actions: [],
    recorded: new Set(),
    containers: new Map(),
  } as unknown as ExecutionContext;
  const plan = [{ ...action, node: before.id } as Action] as const;
  const outcomes =
    step === "reset" ? (await teardown(plan, context, 0)).outcomes : await execute(plan, context, 0);
  expect(outcomes.every(({ ok }) => ok)).toBe(step === undefined);
  return stored.get(before.id);
}

const remove = { type: "remove", when: "now", cause: "by hand", reason: "forced by hand" } as const;
const needed = { type: "remove", when: "after delay", cause: "needed", reason: "too many" } as const;
const stop = { type: "stop", reason: "too busy" } as const;
const AS_IT_WAS = { status: "RUNNING", wanted: "running", removal_cause: undefined, failures: 0 } as const;

test("the stand-in removes and stops a node without faults", async () => {
  expect(await after(remove, {}, undefined)).toBeUndefined();
  expect(await after(stop, {}, undefined)).toMatchObject({ status: "STOPPED", wanted: "stopped" });
});

test("a forced removal whose stop is denied leaves the node unchanged, whatever its status", async () => {
  expect(await after(remove, {}, "stop")).toMatchObject({ ...AS_IT_WAS, pid: 1001, problem: undefined });
  const disabled = { status: "DISABLED", wanted: "stopped" } as const;
  expect(await after(remove, disabled, "stop")).toMatchObject(disabled);
  const waiting = { status: "REMOVING", wanted: "stopped", removal_cause: "needed" } as const;
  expect(await after(remove, waiting, "stop")).toMatchObject(waiting);
});

test("a removal whose deletion is denied leaves a node that starts again", async () => {
  expect(await after(remove, {}, "remove")).toMatchObject({
    status: "STOPPED",
    wanted: "running",
    pid: undefined,
    crashes: 0,
  });
});

test("a forced removal is cancelled when the system refuses to delete the folder; one for node_cap is retried", async () => {
  const refused = () => new DeletionRefused("EPERM: operation not permitted");
  expect(await after(remove, {}, "remove", refused)).toMatchObject({ status: "STOPPED", wanted: "running" });
  const automatic = { ...remove, cause: "needed" } as const;
  expect(await after(automatic, {}, "remove", refused)).toMatchObject({ status: "REMOVING", failures: 1 });
});

test("a removal that an earlier run began is cancelled when it is denied now", async () => {
  const begun = { status: "REMOVING", wanted: "stopped", wanted_before: "running" } as const;
  const back = await after(remove, { ...begun, removal_cause: "by hand" }, "stop");
  expect(back).toMatchObject({ status: "RUNNING", wanted: "running" });
});

test("a teardown that is denied in one call leaves the nodes as they were", async () => {
  expect(await after(remove, {}, "reset")).toMatchObject(AS_IT_WAS);
});

test("an action that merely fails is still wanted, and its failures are counted", async () => {
  const failure = () => new WnmError("it does not end");
  expect(await after(remove, {}, "stop", failure)).toMatchObject({
    status: "REMOVING",
    removal_cause: "by hand",
    failures: 1,
    failed_action: "remove",
    failed_at: NOW,
    problem: "it does not end",
  });
  expect(await after(remove, {}, "remove", failure)).toMatchObject({ removal_cause: "begun", failures: 1 });
  expect(await after(stop, {}, "stop", failure)).toMatchObject({ wanted: "stopped", failed_action: "stop" });
});

test("a removal for node_cap that is denied waits for its next try", async () => {
  expect(await after(needed, {}, "stop")).toMatchObject({
    status: "REMOVING",
    removal_cause: "needed",
    wanted_before: "running",
    failures: 1,
  });
});

test("a denied stop is not done later when the rights are there", async () => {
  for (const action of [stop, { type: "disable", reason: "forced by hand" } as const])
    expect(await after(action, {}, "stop")).toMatchObject({ status: "RUNNING", wanted: "running" });
});

test("a success resets the count of failures", async () => {
  const failures = { failures: 3, failed_action: "disable", failed_at: 1, obstacle: undefined } as const;
  const disable = { type: "disable", reason: "it is disabled and still runs" } as const;
  const done = await after(disable, { status: "DISABLED", wanted: "stopped", ...failures }, undefined);
  expect(done).toMatchObject({ failures: 0, failed_action: undefined, failed_at: undefined });
});
