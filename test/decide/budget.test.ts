import { expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

test("a removal postponed by a mass failure does not keep other nodes down", () => {
  const down = [1, 2, 3, 4, 5].map((id) =>
    aStoppedNode(id, { wanted: "running", status_since: NOW - 60, crashes: 1 }),
  );
  const leaving = aNode(6, { status: "REMOVING", wanted: "stopped", status_since: NOW - 400 });
  const plan = decide(aSnapshot({ nodes: [...down, leaving] }));
  expect(plan).toMatchObject([{ type: "start", node: 1 }]);
});

test("without a mass failure, a removal holds its slot", () => {
  const stopped = aStoppedNode(1, { status_since: NOW - 10_000 });
  const leaving = aNode(2, { status: "REMOVING", wanted: "stopped", status_since: NOW - 10, pid: undefined });
  expect(decide(aSnapshot({ nodes: [stopped, leaving, aNode(3)] }))).toMatchObject([{ type: "idle" }]);
});
