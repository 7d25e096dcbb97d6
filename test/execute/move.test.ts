import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { StillStopping, WnmError } from "../../src/base/errors.ts";
import { decide } from "../../src/decide/decide.ts";
import { execute } from "../../src/execute/execute.ts";
import { type Action, describe as said } from "../../src/model/action.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { folderLook } from "../../src/observe/node-folder.ts";
import { plainFiles } from "../../src/os/files/node-files.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";
import { anExecution } from "../support/execution.ts";

setDefaultTimeout(300_000);

const reason = "a test";
const id = 1 as NodeId;
const KEY = "the key";

/** Changes of a node whose folder is in the first of two storages. */
type Changes = (a: string, b: string) => Partial<Node>;

/** A colony of one node with real folders in the storages a and b; `lost` and `slow` may be changed while it runs. */
function colony(changes: Changes = () => ({}), fails: readonly string[] = []) {
  const execution = anExecution({ fails });
  const base = execution.context.config.node_storage[0];
  const [a, b] = [`${base}/a`, `${base}/b`] as const;
  const given = changes(a, b);
  const stopped =
    given.wanted === "stopped" ||
    given.status === "DISABLED" ||
    given.status === "MIGRATING" ||
    given.status === "STOPPED";
  const home = { root_dir: `${a}/antnode0001`, binary: `${a}/antnode0001/antnode`, has_key: true };
  const node = (stopped ? aStoppedNode : aNode)(1, { ...home, ...given });
  for (const storage of [a, b]) mkdirSync(storage);
  const other = node.moving_to ?? node.moving_from;
  for (const folder of [node.root_dir, other ?? node.root_dir]) {
    mkdirSync(folder, { recursive: true });
    for (const name of ["secret-key", "antnode", "record"]) writeFileSync(`${folder}/${name}`, KEY);
  }
  execution.store.save({ nodes: [node] });
  execution.context.nodes.set(id, node);
  const lost = new Map<string, string>();
  const slow = { times: 0 };
  const manager = execution.context.manager("setsid+user");
  const said: string[] = [];
  const context: typeof execution.context = {
    ...execution.context,
    config: { ...execution.context.config, node_storage: [a, b] },
    allowedFolders: { ...execution.context.allowedFolders, storages: [a, b] },
    disk: {
      storageProblem: (folder) => lost.get(folder),
      takesChanges: async () => true,
      opens: async () => true,
      nodeFolder: (one) => folderLook()(one),
    },
    manager: () => ({
      ...manager,
      create: async (one, launch) => {
        execution.journal.push(`defined in ${one.root_dir.slice(base.length + 1)}`);
        await manager.create(one, launch);
      },
      start: async (one, launch) => {
        execution.journal.push(`in ${one.root_dir.slice(base.length + 1)}`);
        return manager.start(one, launch);
      },
      stop: async (one) => {
        if (slow.times-- > 0) {
          execution.journal.push(`asked since ${(one.stopping_since ?? NOW) - NOW}`);
          throw new StillStopping("it has not ended yet");
        }
        return manager.stop(one);
      },
      remove: async (one) => {
        await manager.remove(one, execution.context.allowedFolders);
        await plainFiles.removeFolder(one.root_dir, one.root_dir.slice(0, one.root_dir.lastIndexOf("/")));
      },
      removeFolder: plainFiles.removeFolder,
    }),
    goesOn: (line) => said.push(line),
    warn: (line) => said.push(line),
  };
  const folders = () => [a, b].flatMap((one) => readdirSync(one).map((name) => `${one.slice(-1)}/${name}`));
  const act = async (action: Action): Promise<string> => {
    const [outcome] = await execute([action], context, 0);
    return outcome?.ok === true ? "done" : (outcome?.error ?? "");
  };
  return {
    ...execution,
    ...{ context, a, b, lost, slow, said, folders, act },
    move: (to: string) => act({ type: "move", node: id, to, reason }),
    remove: () => act({ type: "remove", node: id, when: "now", cause: "by hand", reason }),
    row: () => execution.store.nodes()[0],
    [Symbol.dispose]: execution[Symbol.dispose],
  };
}

const interrupted: Changes = (_, b) => ({
  status: "MIGRATING",
  wanted: "running",
  moving_to: `${b}/antnode0001`,
});
/** The row names the new folder, and the old one still exists. */
const arrived: Changes = (_, b) => ({ moving_from: `${b}/antnode0001` });

test("a moved node starts from its new folder, and the old one is gone", async () => {
  using one = colony();
  expect(await one.move(one.b)).toBe("done");
  expect(one.folders()).toEqual(["b/antnode0001"]);
  expect(one.row()).toMatchObject({
    status: "RESTARTING",
    wanted: "running",
    root_dir: `${one.b}/antnode0001`,
  });
  expect(one.row()?.moving_from).toBeUndefined();
});

test("a node stopped by hand is moved, is reported as staying stopped, and does not start by itself", async () => {
  using one = colony();
  const since = NOW - 5;
  expect(await one.act({ type: "stop", node: id, reason: "forced by hand" })).toBe("done");
  one.context.nodes.set(id, { ...(one.row() as Node), status_since: since });
  one.journal.length = 0;
  expect(await one.move(one.b)).toBe("done");
  expect(one.said.join()).toContain("it stays stopped");
  expect(one.journal.join()).not.toContain("start");
  const row = one.row();
  expect(row).toMatchObject({ status: "STOPPED", wanted: "stopped", root_dir: `${one.b}/antnode0001` });
  expect(
    decide(aSnapshot({ nodes: [row as Node], config: { node_cap: 1, reaction: "steady" } })),
  ).toMatchObject([{ type: "idle" }]);
  // It is still stopped because of the operator's order.
  const last = one.store.events({ since: 0 }).findLast(({ to_status }) => to_status === "STOPPED");
  expect(last).toMatchObject({ kind: "stop", reason: "forced by hand" });
});

test("a node stopped by hand during a move keeps its own folder and stays stopped, and the copy is deleted", async () => {
  using one = colony(interrupted);
  expect(await one.act({ type: "stop", node: id, reason })).toBe("done");
  expect(one.row()).toMatchObject({
    status: "STOPPED",
    wanted: "stopped",
    moving_from: `${one.b}/antnode0001`,
  });
  const [rest] = decide(aSnapshot({ nodes: [one.row() as Node] }));
  expect(rest).toMatchObject({ type: "move", to: one.a });
  one.journal.length = 0;
  expect(await one.act(rest)).toBe("done");
  expect(one.folders()).toEqual(["a/antnode0001"]);
  expect(one.row()).toMatchObject({ status: "STOPPED", wanted: "stopped" });
  expect(one.journal.join()).not.toContain("start");
});

const disabled: Changes = () => ({ status: "DISABLED", wanted: "stopped" });

test("a disabled node is moved and stays disabled, and its definition names its new folder", async () => {
  using one = colony(disabled);
  expect(await one.move(one.b)).toBe("done");
  expect(one.folders()).toEqual(["b/antnode0001"]);
  expect(one.row()).toMatchObject({
    status: "DISABLED",
    wanted: "stopped",
    root_dir: `${one.b}/antnode0001`,
  });
  expect(one.row()?.moving_from).toBeUndefined();
  expect(one.journal).toContain("defined in b/antnode0001");
  expect(one.journal.join()).not.toContain("start");
  expect(one.said.join()).toContain("it stays disabled");
});

test("an interrupted move of a disabled node is continued, unless an action by hand ends it", async () => {
  using one = colony((_, b) => ({ ...disabled(_, b), moving_to: `${b}/antnode0001` }));
  const [rest] = decide(aSnapshot({ nodes: [one.row() as Node] }));
  expect(rest).toMatchObject({ type: "move", to: one.b });
  using other = colony((_, b) => ({ ...disabled(_, b), moving_to: `${b}/antnode0001` }));
  expect(await other.act({ type: "disable", node: id, reason })).toBe("done");
  expect(other.row()).toMatchObject({ status: "DISABLED", moving_from: `${other.b}/antnode0001` });
  expect(await one.act(rest)).toBe("done");
  expect(one.folders()).toEqual(["b/antnode0001"]);
  expect(one.row()?.status).toBe("DISABLED");
});

test("a failed move of a disabled node leaves it disabled in its old place, and says so", async () => {
  using one = colony((_, b) => ({ ...disabled(_, b), moving_to: `${b}/antnode0001` }));
  one.lost.set(one.b, "its disk is not mounted");
  expect(await one.move(one.b)).toContain(`its disk is not mounted; it stays disabled in ${one.a}`);
  expect(one.row()).toMatchObject({ status: "DISABLED", root_dir: `${one.a}/antnode0001` });
  expect(one.journal.join()).not.toContain("start");
});

test.each(["start", "restart", "disable"] as const)(
  "%s by hand during a move abandons the move, and the copy is deleted",
  async (type) => {
    using one = colony(interrupted);
    await one.context.manager("setsid+user").create(one.row() as Node, {} as never);
    expect(await one.act({ type, node: id, reason })).toBe("done");
    expect(one.row()).toMatchObject({
      moving_from: `${one.b}/antnode0001`,
      root_dir: `${one.a}/antnode0001`,
    });
    expect(one.row()?.moving_to).toBeUndefined();
    const settled = { ...(one.row() as Node), ...(type === "disable" ? {} : { status: "RUNNING" as const }) };
    one.context.nodes.set(id, settled);
    const [rest] = decide(aSnapshot({ nodes: [settled] }));
    expect(rest).toMatchObject({ type: "move", to: one.a });
    expect(await one.act(rest)).toBe("done");
    expect(one.folders()).toEqual(["a/antnode0001"]);
  },
);

test.each([
  ["its copy", interrupted],
  ["the old folder", arrived],
])("a removal during a move deletes the node and %s", async (_, changes) => {
  using one = colony(changes);
  expect(one.folders()).toEqual(["a/antnode0001", "b/antnode0001"]);
  expect(await one.remove()).toBe("done");
  expect(one.folders()).toEqual([]);
  expect(one.row()).toBeUndefined();
});

test("a removal that cannot delete the copy is refused, and with --confirm leaves it behind", async () => {
  using one = colony(interrupted);
  one.lost.set(one.b, "its disk is not mounted");
  expect(await one.remove()).toContain(`${one.b}/antnode0001, which holds its key too`);
  expect(one.folders()).toEqual(["a/antnode0001", "b/antnode0001"]);
  expect(one.row()).toMatchObject({ status: "MIGRATING" });
  const confirmed = { ...one.context, givenUp: new Set([id]) };
  const action = { type: "remove", node: id, when: "now", cause: "by hand", reason } as const;
  expect(await execute([action], confirmed, 0)).toMatchObject([{ ok: true }]);
  expect(one.folders()).toEqual(["b/antnode0001"]);
  expect(one.said.join()).toContain("delete it if its disk ever comes back");
});

test("a move whose new disk disappears is undone, and the copy is deleted once the disk is back", async () => {
  using one = colony(interrupted);
  await one.context.manager("setsid+user").create(one.row() as Node, {} as never);
  one.lost.set(one.b, "its disk is not mounted");
  expect(await one.move(one.b)).toContain(`its disk is not mounted; it runs on in ${one.a}`);
  expect(one.row()).toMatchObject({ status: "RESTARTING", root_dir: `${one.a}/antnode0001` });
  expect(one.row()?.moving_from).toBe(`${one.b}/antnode0001`);
  one.lost.clear();
  expect(await one.move(one.a)).toBe("done");
  expect(one.folders()).toEqual(["a/antnode0001"]);
});

test("a move to a storage that node_storage no longer names is undone, and its copy is deleted", async () => {
  using one = colony(interrupted);
  await one.context.manager("setsid+user").create(one.row() as Node, {} as never);
  const context = {
    ...one.context,
    config: { ...one.context.config, node_storage: [one.a] as const },
    allowedFolders: { ...one.context.allowedFolders, storages: [one.a] },
  };
  const [outcome] = await execute([{ type: "move", node: id, to: one.b, reason }], context, 0);
  expect(outcome).toMatchObject({
    ok: false,
    error: expect.stringContaining("not a storage of this colony"),
  });
  expect(one.row()).toMatchObject({ status: "RESTARTING", root_dir: `${one.a}/antnode0001` });
  expect(one.folders()).toEqual(["a/antnode0001"]);
});

test("a move whose old disk is gone deletes nothing, because the copy may be all that is left", async () => {
  using one = colony(interrupted);
  one.lost.set(one.a, "its disk is not mounted");
  expect(await one.move(one.b)).toContain(
    `its disk is not mounted; it is in ${one.a} and did not start there: Nothing more is done`,
  );
  expect(one.folders()).toEqual(["a/antnode0001", "b/antnode0001"]);
  expect(one.row()).toMatchObject({ wanted: "running", moving_from: `${one.b}/antnode0001` });
});

test("a move back by hand undoes an interrupted move", async () => {
  using one = colony(interrupted);
  await one.context.manager("setsid+user").create(one.row() as Node, {} as never);
  expect(await one.move(one.a)).toBe("done");
  expect(one.row()).toMatchObject({ status: "RESTARTING", root_dir: `${one.a}/antnode0001` });
  expect(one.folders()).toEqual(["a/antnode0001"]);
});

test("a node that does not start in its new folder returns to the old one", async () => {
  using one = colony();
  const { context } = one;
  const manager = context.manager("setsid+user");
  const failing: typeof context = {
    ...context,
    manager: () => ({
      ...manager,
      start: async (node, launch) => {
        if (node.root_dir.startsWith(one.b)) throw new WnmError("the disk is mounted noexec");
        return manager.start(node, launch);
      },
    }),
  };
  const [outcome] = await execute([{ type: "move", node: id, to: one.b, reason }], failing, 0);
  expect(outcome).toMatchObject({
    ok: false,
    error: `antnode0001 did not start in ${one.b}: the disk is mounted noexec; it runs on in ${one.a}`,
  });
  expect(one.row()).toMatchObject({ status: "RESTARTING", root_dir: `${one.a}/antnode0001`, crashes: 0 });
  expect(one.folders()).toEqual(["a/antnode0001"]);
  expect(readFileSync(`${one.a}/antnode0001/secret-key`, "utf8")).toBe(KEY);
});

test("a move waits for a node that is slow to end, and asks it only once", async () => {
  using one = colony();
  one.slow.times = 3;
  let now = NOW;
  const context = { ...one.context, now: () => now++ };
  const [outcome] = await execute([{ type: "move", node: id, to: one.b, reason }], context, 0);
  expect(outcome).toMatchObject({ ok: true });
  const asked = one.journal.filter((line) => line.startsWith("asked since"));
  expect(asked).toHaveLength(3);
  // From the second time on it has already been asked.
  expect(new Set(asked.slice(1)).size).toBe(1);
  expect(one.said.filter((line) => line.includes("waits for its end"))).toHaveLength(3);
  expect(one.folders()).toEqual(["b/antnode0001"]);
});

test("a node that does not end is not moved, and is recorded as ending", async () => {
  using one = colony();
  one.slow.times = Number.POSITIVE_INFINITY;
  let now = NOW;
  const context = { ...one.context, now: () => (now += 100) };
  const [outcome] = await execute([{ type: "move", node: id, to: one.b, reason }], context, 0);
  expect(outcome).toMatchObject({ ok: false, error: expect.stringContaining("was not moved") });
  expect(one.row()).toMatchObject({ status: "RUNNING", wanted: "running", root_dir: `${one.a}/antnode0001` });
  expect(one.row()?.stopping_since).toBeGreaterThan(NOW);
  expect(existsSync(`${one.b}/antnode0001`)).toBe(false);
});

test("a refused move leaves no problem on the node, and is reported once", async () => {
  using one = colony();
  expect(await one.move("/tmp")).toContain("not a storage of this colony");
  expect(one.row()).toMatchObject({ status: "RUNNING", failures: 0 });
  expect(one.row()?.problem).toBeUndefined();
  expect(one.store.events({ since: 0 })).toMatchObject([
    { kind: "failed", reason: expect.stringContaining("move:") },
  ]);
  expect(said({ type: "move", node: id, to: "/mnt/b", reason: "forced by hand" })).toBe(
    "move antnode0001 to /mnt/b: forced by hand",
  );
});

test("an old folder that cannot be deleted is retried later, and is not recorded as the node's problem", async () => {
  using one = colony(arrived);
  one.lost.set(one.b, "its disk is not mounted");
  expect(await one.move(one.a)).toContain("its disk is not mounted");
  expect(one.row()).toMatchObject({ status: "RUNNING", failures: 1, failed_action: "move" });
  expect(one.row()?.problem).toBeUndefined();
  expect(one.store.events({ since: 0 })).toMatchObject([
    { kind: "failed", reason: expect.stringContaining("its disk is not mounted") },
  ]);
});

test("a move whose old folder cannot be deleted says that the node is in its new one", async () => {
  using one = colony();
  const { context } = one;
  const manager = context.manager("setsid+user");
  const fixed: typeof context = {
    ...context,
    manager: () => ({
      ...manager,
      removeFolder: async () => {
        throw new WnmError("EROFS: read-only file system");
      },
    }),
  };
  const [outcome] = await execute([{ type: "move", node: id, to: one.b, reason }], fixed, 0);
  expect(outcome).toMatchObject({
    ok: false,
    error: `antnode0001 is in ${one.b}, and ${one.a}/antnode0001 is still to be deleted: EROFS: read-only file system`,
  });
  expect(one.row()).toMatchObject({ status: "RESTARTING", root_dir: `${one.b}/antnode0001` });
});

test("the last copy of a dead node, left by a move, is deleted only by hand", () => {
  const node = aStoppedNode(1, { status: "DEAD", moving_from: "/mnt/a/antnode0001" });
  expect(decide(aSnapshot({ nodes: [node], config: { node_cap: 1 } }))).toMatchObject([{ type: "idle" }]);
});
