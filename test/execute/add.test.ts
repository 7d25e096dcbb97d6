import { expect, test } from "bun:test";
import { execute } from "../../src/execute/execute.ts";
import type { NodeId } from "../../src/model/node.ts";
import { anExecution } from "../support/execution.ts";

const ADD = { type: "add", node: 8 as NodeId, reason: "test" } as const;

test("an add uses up a number only if its node was created", async () => {
  for (const [fails, highest] of [
    [["create 8"], 7],
    [["start 8"], 8],
    [[], 8],
  ] as const) {
    using it = anExecution({ neverReuses: true, fails }, [], { highest_node_id_used: 7 });
    const [outcome] = await execute([ADD], it.context, 0);
    expect(outcome?.ok).toBe(fails.length === 0);
    expect(it.store.machine()?.highest_node_id_used).toBe(highest);
  }
});

test("a program of a generation that the manager cannot run is refused before anything is saved or created", async () => {
  using it = anExecution({ runs: ["ant-node"], neverReuses: true }, [], { highest_node_id_used: 7 });
  const [outcome] = await execute([ADD], it.context, 0);
  expect(outcome).toMatchObject({ ok: false, error: expect.stringContaining("runs ant-node only") });
  expect(it.journal).toEqual([]);
  expect(it.store.machine()?.highest_node_id_used).toBe(7);
});
