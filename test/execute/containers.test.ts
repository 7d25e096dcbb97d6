import { expect, test } from "bun:test";
import { execute } from "../../src/execute/execute.ts";
import type { Action } from "../../src/model/action.ts";
import type { NodeId } from "../../src/model/node.ts";
import { NOW } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

const add = (id: number): Action => ({ type: "add", node: id as NodeId, reason: "a test" });
const remove = (id: number): Action => ({
  type: "remove",
  node: id as NodeId,
  when: "now",
  cause: "by hand",
  reason: "a test",
});

test("a node that runs alone gets its own container, which is saved before it is created", async () => {
  using execution = anExecution({ placing: "one each" });
  const { context, journal, store } = execution;
  await execute([add(1), add(2)], context, 0);
  expect(journal.slice(0, 5)).toEqual([
    "save box1 NEW",
    "save 1 RESTARTING",
    "create 1",
    "start 1",
    "save 1 RESTARTING",
  ]);
  expect(store.containers()).toMatchObject([
    { id: 1, name: "box1", engine_id: "engine-box1", status: "RUNNING", created_at: NOW },
    { id: 2, name: "box2", engine_id: "engine-box2", status: "RUNNING" },
  ]);
  expect(store.containers()[1]).toMatchObject({
    port_range_start: 55_002,
    port_range_end: 55_002,
    metrics_port_range_start: 13_002,
    metrics_port_range_end: 13_002,
    storage: context.config.node_storage[0],
  });
  expect(store.nodes().map(({ container_id }) => container_id)).toEqual([1, 2]);
});

test("nodes share a container until its block of numbers is full", async () => {
  using execution = anExecution({ placing: "shared" }, [], { max_node_per_container: 2 });
  const { context, store } = execution;
  await execute([add(1), add(2), add(3)], context, 0);
  expect(store.nodes().map(({ container_id }) => container_id)).toEqual([1, 1, 2]);
  expect(
    store.containers().map(({ port_range_start, port_range_end }) => [port_range_start, port_range_end]),
  ).toEqual([
    [55_001, 55_002],
    [55_003, 55_004],
  ]);
});

test("a container is removed with its last node and kept while another node uses it", async () => {
  using execution = anExecution({ placing: "shared" }, [], { max_node_per_container: 2 });
  const { context, journal, store } = execution;
  await execute([add(1), add(2), add(3)], context, 0);
  await execute([remove(1)], context, 0);
  expect(store.containers().map(({ name }) => name)).toEqual(["box1", "box2"]);
  await execute([remove(2)], context, 0);
  expect(store.containers().map(({ name }) => name)).toEqual(["box2"]);
  expect(journal.indexOf("remove 2")).toBeLessThan(journal.indexOf("remove box1"));
  expect(store.nodes().map(({ id }) => Number(id))).toEqual([3]);
});

test("min_container_count keeps empty shared containers, but not after the last node", async () => {
  using execution = anExecution({ placing: "shared" }, [], {
    max_node_per_container: 1,
    min_container_count: 2,
  });
  const { context, store } = execution;
  await execute([add(1), add(2)], context, 0);
  await execute([remove(1)], context, 0);
  expect(store.containers()).toHaveLength(2);
  await execute([remove(2)], context, 0);
  expect(store.containers()).toEqual([]);
});

test("a node that cannot be added takes its new container with it", async () => {
  using execution = anExecution({ placing: "one each", fails: ["start 1"] });
  const { context, store } = execution;
  const outcomes = await execute([add(1)], context, 0);
  expect(outcomes).toMatchObject([{ ok: false, error: "start 1 fails" }]);
  expect([store.nodes(), store.containers()]).toEqual([[], []]);
});
