import { expect, test } from "bun:test";
import { WnmError } from "../../src/base/errors.ts";
import type { ExecutionContext } from "../../src/execute/context.ts";
import { teardown } from "../../src/execute/teardown.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { ProcessManager } from "../../src/process/contract/manager.ts";
import { aConfig, aHost, aNode, NOW } from "../support/builders.ts";

/** A manager in memory that can remove all its nodes at once; `spared` survive, `fails` is thrown after the rest. */
function resettable(spared: readonly number[], fails: string | undefined): ProcessManager {
  const gone = new Set<NodeId>();
  const unused = () => Promise.reject(new Error("a reset needs nothing else"));
  return {
    ids: "never reuse",
    supervised: true,
    account: { user: "ant", home: "/home/ant" },
    create: unused,
    start: unused,
    stop: unused,
    upgrade: unused,
    remove: unused,
    discover: unused,
    reset: async (nodes) => {
      for (const { id } of nodes) if (!spared.includes(id)) gone.add(id);
      if (fails !== undefined) throw new WnmError(fails);
    },
    inspect: async (nodes) =>
      new Map(
        nodes.map(({ id }) => [
          id,
          gone.has(id) ? { state: "missing" } : { state: "running", process: undefined },
        ]),
      ),
  };
}

/** A context that stores in maps and records the order of writes. */
function contextWith(manager: ProcessManager, nodes: readonly Node[]) {
  const written: string[] = [];
  const store = {
    save: ({ nodes: saved = [] }: { nodes?: readonly Node[] }) => {
      for (const node of saved) written.push(`${node.id} ${node.status}`);
    },
    drop: (id: NodeId) => {
      written.push(`${id} dropped`);
    },
  };
  const context = {
    store: store as unknown as ExecutionContext["store"],
    config: aConfig(),
    paths: aHost.paths,
    allowedFolders: { storages: [], logs: "/logs" },
    disk: {
      storageProblem: () => undefined,
      takesChanges: async () => true,
      opens: async () => true,
      nodeFolder: () => ({ is: "gone" }),
    },
    givenUp: new Set(),
    manager: () => manager,
    now: () => NOW,
    begins: () => {},
    goesOn: () => {},
    ended: () => {},
    nodes: new Map(nodes.map((node) => [node.id, node])),
  } as unknown as ExecutionContext;
  return { context, written };
}

const planFor = (nodes: readonly Node[]) =>
  nodes.map(
    ({ id }) =>
      ({ type: "remove", node: id, when: "now", cause: "by hand", reason: "forced by hand" }) as const,
  );

test("one call removes all nodes: the intent is written first, and only what is verified gone is forgotten", async () => {
  const nodes = [aNode(1), aNode(2), aNode(3)];
  const { context, written } = contextWith(resettable([2], undefined), nodes);
  const { method, outcomes } = await teardown(planFor(nodes), context, 0);
  expect(method).toBe("manager-specific");
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
  expect(outcomes[1]).toMatchObject({ error: "it is still there after the reset" });
  expect(written).toEqual(["1 REMOVING", "2 REMOVING", "3 REMOVING", "1 dropped", "3 dropped"]);
  expect([...context.nodes.keys()] as number[]).toEqual([2]);
});

test("a reset that fails half-way gives its reason for each node that remains", async () => {
  const nodes = [aNode(1), aNode(2)];
  const { context } = contextWith(resettable([2], "the daemon went away"), nodes);
  const { outcomes } = await teardown(planFor(nodes), context, 0);
  expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: "the daemon went away" }]);
});
