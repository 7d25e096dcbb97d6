import { expect, test } from "bun:test";
import { awaited } from "../../src/decide/awaited.ts";
import { aNode, aSnapshot, NOW } from "../support/builders.ts";

const starting = (id: number, ago: number) => aNode(id, { status: "RESTARTING", status_since: NOW - ago });

test("a starting node is shown with the time it has left and when the next one may start", () => {
  const s = aSnapshot({ nodes: [aNode(1), starting(4, 120)], config: { delay_start: 300 } });
  expect(awaited(s)).toEqual({
    key: "antnode0004 starting",
    sentence: "antnode0004 is starting, 2 of 5 min",
    next: { what: "the next one", at: NOW + 180 },
  });
});

test("the key stays the same as minutes pass and readings change", () => {
  const at = (ago: number, used_cpu_percent: number) =>
    awaited(aSnapshot({ nodes: [starting(4, ago)], metrics: { used_cpu_percent } })).key;
  expect(at(60, 12)).toBe(at(180, 48));
  const busy = (used_cpu_percent: number) =>
    awaited(aSnapshot({ nodes: [aNode(1)], metrics: { used_cpu_percent } }));
  expect(busy(61).sentence).not.toBe(busy(62).sentence);
  expect(busy(61).key).toBe(busy(62).key);
});

test("the key changes with the node, and with what happens to it", () => {
  const keys = [
    [starting(4, 60)],
    [starting(5, 60)],
    [aNode(4, { status: "UPGRADING", status_since: NOW - 60 })],
    [aNode(4, { status: "STOPPED", crashes: 3, status_since: NOW - 10 })],
    [aNode(4)],
  ].map((nodes) => awaited(aSnapshot({ nodes })).key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("only the first of many nodes under way are named", () => {
  const nodes = [1, 2, 3, 4, 5].map((id) => starting(id, 60 * id));
  const { sentence, next } = awaited(aSnapshot({ nodes, config: { delay_start: 600 } }));
  expect(sentence).toBe(
    "antnode0001 is starting, 1 of 10 min; antnode0002 is starting, 2 of 10 min; antnode0003 is starting, 3 of 10 min; 2 more are under way",
  );
  expect(next?.at).toBe(NOW + 300);
});

test("a full colony waits for nothing", () => {
  const s = aSnapshot({ nodes: [aNode(1), aNode(2)], config: { node_cap: 2 } });
  expect(awaited(s)).toEqual({ key: "nothing", sentence: undefined, next: undefined });
});

test("when there is too little room, the readings are given", () => {
  const s = aSnapshot({ nodes: [aNode(1)], metrics: { used_cpu_percent: 61 } });
  expect(awaited(s).sentence).toContain("no node is added or started: cpu 61 % >= cpu_less_than 50 %");
});
