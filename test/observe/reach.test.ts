import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { force, untouched } from "../../src/decide/force.ts";
import { type Node, type NodeId, nodeLabel } from "../../src/model/node.ts";
import { adviceOnLost } from "../../src/observe/lost-storage.ts";
import { reachFindings } from "../../src/observe/reach.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import { aNode, aSnapshot } from "../support/builders.ts";

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

test("the finding on a lost storage also says how to give it up, if its marker is known", () => {
  const store = {
    storages: () => [
      { path: "/mnt/b", id: "b-mark" },
      { path: "/mnt/c", id: "c-mark" },
    ],
  };
  const said = reachFindings({ unreadable, store }).map(({ sentence }) => sentence);
  expect(said[0]).toContain(
    "mkdir -p /mnt/b; echo b-mark > /mnt/b/.wnm-storage, and give its nodes up: wnm --force_action remove --service_name 3,7 --confirm",
  );
  // The finding would remain as long as nodes are there, whatever node_storage names.
  expect(said[0]).not.toContain("take the folder out");
  expect(said[1]).toContain("take the folder out of --node_storage");
  expect(said[1]).toEndWith("echo c-mark > /mnt/c/.wnm-storage");
  expect(said[2]).toEndWith("take the folder out of --node_storage");
});

test("a storage that lost only its marker gets it back by the cure; any other has to be mounted", () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-reach-"));
  try {
    const cure = () => adviceOnLost(folder, because, [3 as NodeId], new Map([[folder, "b-mark"]])).cure;
    expect(cure()).toEndWith("mount -a");
    mkdirSync(join(folder, "antnode0003"));
    expect(cure()).toBe(`echo b-mark > ${folder}/.wnm-storage`);
    writeFileSync(join(folder, ".wnm-storage"), "another mark");
    expect(cure()).toEndWith("mount -a");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const doubtful = new Map([[5 as NodeId, "its folder cannot be accessed"]]);

test("an action by hand on a node out of reach says why nothing is done", () => {
  const target = { ids: [3 as NodeId] };
  expect(untouched("remove", target, { nodes: [], unreadable, doubtful })).toEqual([
    { service: "antnode0003", reason: `it is out of reach, because ${because}` },
  ]);
});

const there = (id: number, changes: Partial<Node>): Node =>
  aNode(id, { root_dir: `/mnt/a/${nodeLabel({ id: id as NodeId })}`, ...changes });

test("a storage that is to be emptied names the nodes that stay in it, and why", () => {
  const nodes = [
    there(1, {}),
    // Its operator runs it.
    there(2, { status: "DISABLED" }),
    aNode(4, { status: "DISABLED" }),
    there(5, {}),
    there(6, { status: "REMOVING" }),
  ];
  const emptying = (from: string) =>
    untouched("move", { count: 9, from, to: "/mnt/z" }, { nodes, unreadable, doubtful });
  expect(emptying("/mnt/a")).toEqual([
    { service: "antnode0002", reason: "it is DISABLED and its operator has started it; end it first" },
    { service: "antnode0005", reason: "its folder cannot be accessed" },
    { service: "antnode0006", reason: "it is REMOVING" },
  ]);
  expect(emptying("/mnt/b").map(({ service }) => service)).toEqual(["antnode0003", "antnode0007"]);
  expect(untouched("move", { count: 9, to: "/mnt/z" }, { nodes, unreadable, doubtful })).toEqual([]);
});

test("emptying a storage moves every node that has a folder there, disabled ones last", () => {
  const down = { pid: undefined, wanted: "stopped" } as const;
  const nodes = [
    there(1, { status: "DISABLED", ...down, born_at: 9 }),
    there(2, { born_at: 1 }),
    there(3, { status: "MIGRATING", moving_to: "/mnt/z/antnode0003", born_at: 2 }),
    there(4, { status: "UPGRADING", born_at: 3 }),
    there(5, { stopping_since: 1, born_at: 4 }),
    aNode(6, { root_dir: "/mnt/y/antnode0006", moving_from: "/mnt/a/antnode0006", born_at: 5 }),
    aNode(7, { root_dir: "/mnt/y/antnode0007" }),
  ];
  const plan = (count: number) =>
    force("move", { count, from: "/mnt/a", to: "/mnt/z" }, aSnapshot({ nodes })).map((action) =>
      action.type === "move" ? `${action.node} ${action.to}` : action.type,
    );
  expect(plan(9)).toEqual(["6 /mnt/y", "5 /mnt/z", "4 /mnt/z", "3 /mnt/z", "2 /mnt/z", "1 /mnt/z"]);
  expect(plan(1)).toEqual(["6 /mnt/y"]);
});
