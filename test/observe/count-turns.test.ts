import { expect, test } from "bun:test";
import type { Node } from "../../src/model/node.ts";
import { countTurns } from "../../src/observe/count-turns.ts";
import { aNode } from "../support/builders.ts";

const antNode = (id: number, changes: Partial<Node> = {}) => aNode(id, { software: "ant-node", ...changes });
const turns = (nodes: readonly Node[]) => Object.fromEntries(countTurns(nodes));

test("two empty nodes are counted completely in each run, the longest-waiting ones first", () => {
  expect(turns([antNode(1, { counted_at: 20 }), antNode(2, { counted_at: 10 })])).toEqual({ 1: 256, 2: 256 });
  const three = [antNode(1, { counted_at: 20 }), antNode(2, { counted_at: 10 }), antNode(3)];
  expect(Object.keys(turns(three))).toEqual(["2", "3"]);
});

test("a count under way continues first", () => {
  const nodes = Array.from({ length: 20 }, (_, i) => antNode(i + 1, { records: 5_000, counted_at: i }));
  const underway = nodes.map((node) => (node.id === 7 ? { ...node, partial_count: "9 1 1" } : node));
  expect(Object.keys(turns(nodes))).toEqual(["1"]);
  expect(Object.keys(turns(underway))).toEqual(["7"]);
});

test("a run reads a bounded number of names, however many nodes there are and however much they hold", () => {
  for (const count of [1, 8, 9, 20, 100, 1000])
    for (const records of [0, 5_000, 100_000, 10_000_000]) {
      const nodes = Array.from({ length: count }, (_, i) => antNode(i + 1, { records }));
      const folders = Object.values(turns(nodes)).reduce((sum, each) => sum + each, 0);
      const names = (folders * records) / 256;
      expect(folders).toBeGreaterThanOrEqual(8);
      expect(folders).toBeLessThanOrEqual(Math.max(512, 32 + 2 * count));
      // Eight folders are the minimum, so that every count ends.
      if (folders > 8) expect(names).toBeLessThanOrEqual(70 * Math.max(512, 32 + 2 * count));
    }
});

test("many nodes share a few folders per run, while their logs say what they hold", () => {
  const nodes = Array.from({ length: 20 }, (_, i) => antNode(i + 1, { records: 0 }));
  expect(Object.values(turns(nodes)).reduce((sum, each) => sum + each, 0)).toBe(72);
});

test("legacy nodes report their own counts, and a silent node takes no other node's turn", () => {
  expect(Object.keys(turns([aNode(1), antNode(2, { silent_since: 5 }), antNode(3)]))).toEqual(["3"]);
});
