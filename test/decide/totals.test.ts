import { expect, test } from "bun:test";
import { addToTotals, type Counts } from "../../src/decide/totals.ts";
import type { NodeId } from "../../src/model/node.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { NO_TOTALS } from "../../src/model/totals.ts";
import { aNode, aStoppedNode, NOW } from "../support/builders.ts";

const run = (changes: Partial<Counts>): Counts => ({
  ...{ before: [], nodes: [], died: [], outcomes: [], refused: 0 },
  ...changes,
});

const started = (id: number, under_way?: string): Outcome => ({
  action: { type: "start", node: id as NodeId, reason: "" },
  ok: true,
  ...(under_way !== undefined && { under_way }),
});

test("a node that wnm or its supervisor restarts counts once, and its first start does not count", () => {
  const [one, two] = [aNode(1), aNode(2)];
  const was_down = aStoppedNode(3);
  const by_supervisor = { ...one, pid: 99, died_at: NOW };
  const back = { ...aNode(3), died_at: NOW };
  const totals = addToTotals(
    NO_TOTALS,
    run({
      before: [one, two, was_down],
      nodes: [by_supervisor, two, back],
      died: [1 as NodeId],
      outcomes: [started(2), { ...started(2), ok: false, error: "no" }, started(2, "soon")],
    }),
  );
  expect([totals.deaths, totals.restarts, totals.actions]).toEqual([1, 3, { start: 1 }]);
  expect([...totals.nodes]).toEqual([
    [1 as NodeId, { deaths: 1, restarts: 1 }],
    [2 as NodeId, { deaths: 0, restarts: 1 }],
    [3 as NodeId, { deaths: 0, restarts: 1 }],
  ]);
});

test("a removed node takes its own counts with it, and the colony keeps them", () => {
  const last = addToTotals(NO_TOTALS, run({ before: [aNode(1)], nodes: [aNode(1)], died: [1 as NodeId] }));
  const totals = addToTotals(last, run({ refused: 2 }));
  expect([totals.deaths, totals.refused, totals.nodes.size]).toEqual([1, 2, 0]);
});
