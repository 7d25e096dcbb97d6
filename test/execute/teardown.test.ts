import { expect, test } from "bun:test";
import { WnmError } from "../../src/errors.ts";
import { teardown } from "../../src/execute/teardown.ts";
import type { Tools } from "../../src/execute/tools.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { ProcessManager } from "../../src/process/manager.ts";
import { aConfig, aHost, aNode, NOW } from "../support/builders.ts";

/** A manager in memory that can remove all of its nodes at once; `spared` survive, and `fails` throws after the rest. */
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

/** Tools that remember in maps, and the order of what was written. */
function toolsWith(manager: ProcessManager, nodes: readonly Node[]) {
  const written: string[] = [];
  const store = {
    save: ({ nodes: saved = [] }: { nodes?: readonly Node[] }) => {
      for (const node of saved) written.push(`${node.id} ${node.status}`);
    },
    drop: (id: NodeId) => {
      written.push(`${id} dropped`);
    },
  };
  const tools = {
    store: store as unknown as Tools["store"],
    config: aConfig(),
    paths: aHost.paths,
    grounds: { storages: [], logs: "/logs" },
    manager: () => manager,
    now: () => NOW,
    log: () => {},
    nodes: new Map(nodes.map((node) => [node.id, node])),
  } as unknown as Tools;
  return { tools, written };
}

const planFor = (nodes: readonly Node[]) =>
  nodes.map(({ id }) => ({ type: "remove", node: id, when: "now", reason: "forced by hand" }) as const);

test("one call removes all: the intent is written first, and only what is verified gone is forgotten", async () => {
  const nodes = [aNode(1), aNode(2), aNode(3)];
  const { tools, written } = toolsWith(resettable([2], undefined), nodes);
  const { method, outcomes } = await teardown(planFor(nodes), tools, 0);
  expect(method).toBe("manager-specific");
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
  expect(outcomes[1]).toMatchObject({ error: "it is still there after the reset" });
  expect(written).toEqual(["1 REMOVING", "2 REMOVING", "3 REMOVING", "1 dropped", "3 dropped"]);
  expect([...tools.nodes.keys()] as number[]).toEqual([2]);
});

test("a reset that fails half-way tells its reason for those that are left", async () => {
  const nodes = [aNode(1), aNode(2)];
  const { tools } = toolsWith(resettable([2], "the daemon went away"), nodes);
  const { outcomes } = await teardown(planFor(nodes), tools, 0);
  expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: "the daemon went away" }]);
});
