import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { massFailure } from "../../src/decide/mass-failure.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import type { Node } from "../../src/model/node.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

type Changes = Parameters<typeof aSnapshot>[0];

/** The snapshot as a run uses it for its decision. */
function looked(changes: Changes) {
  const s = aSnapshot(changes);
  return { ...s, nodes: withoutNeedlessRemovals(s) };
}
const plan = (changes: Changes) =>
  decide(looked(changes)).map((action) => ("node" in action ? `${action.type} ${action.node}` : action.type));

/** A node whose removal began this long ago, when it was stopped. */
const leaving = (id: number, ago: number, was: Partial<Node> = {}): Node => ({
  ...BECOMES.withoutProcess(BECOMES.removing(aNode(id, was), "needed", NOW - ago)),
});
const many = { max_concurrent_removals: 9, max_concurrent_operations: 9, max_concurrent_starts: 9 };

describe("a waiting removal", () => {
  test("continues while node_cap requires it, and is finished after delay_remove", () => {
    const nodes = (ago: number) => [aNode(1), leaving(2, ago)];
    expect(plan({ nodes: nodes(299), config: { node_cap: 1 } })).toEqual(["idle"]);
    expect(plan({ nodes: nodes(300), config: { node_cap: 1 } })).toEqual(["remove 2"]);
  });

  test("ends when node_cap is restored: the node starts again in the same run, however long it waited", () => {
    for (const ago of [1, 300, 1e6])
      expect(plan({ nodes: [aNode(1), leaving(2, ago)], config: { node_cap: 2 } })).toEqual(["start 2"]);
  });

  test("ends for as many nodes as node_cap has room for again, the oldest first", () => {
    const nodes = [1, 2, 3, 4, 5].map((id) => leaving(id, 10));
    const { nodes: after } = looked({ nodes: [...nodes, aNode(6)], config: { node_cap: 3, ...many } });
    expect(after.map(({ status }) => status)).toEqual([
      "STOPPED",
      "STOPPED",
      "REMOVING",
      "REMOVING",
      "REMOVING",
      "RUNNING",
    ]);
    expect(plan({ nodes: [...nodes, aNode(6)], config: { node_cap: 3, ...many } })).toEqual([
      "start 1",
      "start 2",
    ]);
  });

  test("ends when the disk is no longer full; at the threshold, or unmeasured, it neither ends nor continues", () => {
    const at = (used_hd_percent: number | undefined) =>
      looked({ nodes: [aNode(1), leaving(2, 1e6)], metrics: { used_hd_percent } });
    expect(decide(at(91))[0]).toMatchObject({ type: "remove", node: 2, when: "now" });
    expect(decide(at(89))[0]).toMatchObject({ type: "start", node: 2 });
    for (const used of [90, 89.5, undefined]) {
      const s = at(used);
      expect(s.nodes[1]?.status).toBe("REMOVING");
      expect(decide(s)[0].type).toBe("idle");
    }
  });

  test("restores the node's earlier state: one stopped for load stays stopped", () => {
    const { nodes } = looked({ nodes: [leaving(1, 10, { status: "STOPPED", wanted: "stopped" })] });
    expect(nodes[0]).toMatchObject({ status: "STOPPED", wanted: "stopped" });
    const { nodes: up } = looked({ nodes: [leaving(1, 10)] });
    expect(up[0]).toMatchObject({ status: "STOPPED", wanted: "running" });
    const still = BECOMES.removing(aNode(1), "needed", NOW - 10);
    expect(looked({ nodes: [still] }).nodes[0]).toMatchObject({ status: "RUNNING", wanted: "running" });
  });

  test("is treated the same when it comes from an older wnm, which recorded no cause", () => {
    const old = aStoppedNode(1, { status: "REMOVING", status_since: NOW - 1e6 });
    expect(looked({ nodes: [old] }).nodes[0]).toMatchObject({ status: "STOPPED", wanted: "stopped" });
  });

  test("does not count as a failure of the machine when it ends", () => {
    const nodes = [1, 2, 3, 4, 5, 6].map((id) => leaving(id, 10));
    expect(massFailure(looked({ nodes }))).toBeUndefined();
  });
});

test("is finished regardless of node_cap and the disk if it was forced or its deletion has begun", () => {
  for (const removal_cause of ["by hand", "begun"] as const) {
    const nodes = [aNode(1), { ...leaving(2, 1), removal_cause }];
    expect(plan({ nodes })).toEqual(["remove 2"]);
  }
});

test("never ends once data were deleted, even if the node is removed again for another reason", () => {
  const begun = BECOMES.deleting(BECOMES.removing(aNode(1), "needed", NOW));
  expect(begun.removal_cause).toBe("begun");
  expect(BECOMES.removing(begun, "by hand", NOW).removal_cause).toBe("begun");
});
