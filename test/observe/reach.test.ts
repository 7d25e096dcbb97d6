import { expect, test } from "bun:test";
import { untouched } from "../../src/decide/force.ts";
import { type Node, type NodeId, nodeLabel } from "../../src/model/node.ts";
import { reachFindings } from "../../src/observe/reach.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import { aNode } from "../support/builders.ts";

const because = "/mnt/b has no .wnm-storage file; is its disk mounted?";
const node = (id: number) => ({ id: id as NodeId, because, ports: [], storage: "/mnt/b" });
const unreadable = {
  ...ALL_READABLE,
  nodes: [node(3), node(7)],
  lost_storages: new Map([
    ["/mnt/b", because],
    ["/mnt/c", "/mnt/c is not there"],
    ["/mnt/d", "/mnt/d was never ours"],
  ]),
};

test("the cure of a lost storage also says how to give it up, where its mark is known", () => {
  const store = {
    storages: () => [
      { path: "/mnt/b", id: "b-mark" },
      { path: "/mnt/c", id: "c-mark" },
    ],
  };
  const cures = reachFindings({ unreadable, store }).map(({ cure }) => cure);
  expect(cures[0]).toContain(
    "mkdir -p /mnt/b; echo b-mark > /mnt/b/.wnm-storage, and give its nodes up: wnm --force_action remove --service_name 3,7 --confirm",
  );
  // It would be bad as long as nodes lie there, whatever node_storage names.
  expect(cures[0]).not.toContain("take the folder out");
  expect(cures[1]).toContain("take the folder out of --node_storage");
  expect(cures[1]).toEndWith("echo c-mark > /mnt/c/.wnm-storage");
  expect(cures[2]).toEndWith("take the folder out of --node_storage");
});

test("an order for a node that is out of reach says why nothing is done", () => {
  const target = { ids: [3 as NodeId] };
  expect(untouched("remove", target, { nodes: [], unreadable })).toEqual([
    { service: "antnode0003", reason: `it is out of reach, because ${because}` },
  ]);
});

test("a storage that is to be emptied names the nodes that stay in it, and why", () => {
  const there = (id: number, status: Node["status"]): Node =>
    aNode(id, { status, root_dir: `/mnt/a/${nodeLabel({ id: id as NodeId })}` });
  const nodes = [there(1, "RUNNING"), there(2, "DISABLED"), aNode(4, { status: "DISABLED" })];
  const emptying = (from: string) =>
    untouched("move", { count: 9, from, to: "/mnt/z" }, { nodes, unreadable });
  expect(emptying("/mnt/a")).toEqual([{ service: "antnode0002", reason: "it is DISABLED; enable it first" }]);
  expect(emptying("/mnt/b").map(({ service }) => service)).toEqual(["antnode0003", "antnode0007"]);
  expect(untouched("move", { count: 9, to: "/mnt/z" }, { nodes, unreadable })).toEqual([]);
});
