import { expect, setDefaultTimeout, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { withDeletions } from "../../src/decide/disk.ts";
import { withSample } from "../../src/decide/history.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Disk } from "../../src/model/disk.ts";
import { type Node, type NodeId, storageOf } from "../../src/model/node.ts";
import { withDiskSamples } from "../../src/observe/disk-samples.ts";
import { ALL_READABLE } from "../../src/settings/unreadable.ts";
import { aDisk, aNode, aSnapshot, NOW, quietMetrics } from "../support/builders.ts";

// 30 240 runs of 20 nodes.
setDefaultTimeout(3_600_000);

const GB = 1e9;
const DAY = 86_400;
const WEEKS = 3;
/** Bytes of each disk, by its storage. */
const SIZES = { "/a": 500 * GB, "/b": 500 * GB, "/c": 1000 * GB, "/d": 500 * GB } as const;
type Storage = keyof typeof SIZES;
const STORAGES = Object.keys(SIZES) as readonly Storage[];
/** The size towards which a node grows. */
const FULL_NODE = 35 * GB;
const FILL_SECONDS = 5 * DAY;

/** The faults of disks: other files grow on /b, /c is read-only for six hours, /d is missing for a day. */
const films = (day: number): number => Math.min(1, Math.max(0, (day - 7) / 4)) * 380 * GB;
const isReadOnly = (storage: Storage, day: number): boolean => storage === "/c" && day >= 12 && day < 12.25;
const isAway = (storage: Storage, day: number): boolean => storage === "/d" && day >= 15 && day < 16;

type World = { readonly nodes: Map<NodeId, Node>; readonly bytes: Map<NodeId, number> };

function diskOf({ nodes, bytes }: World, storage: Storage, day: number): Disk {
  const held = [...nodes.values()].reduce(
    (sum, node) => sum + (storageOf(node) === storage ? (bytes.get(node.id) ?? 0) : 0),
    0,
  );
  const used = Math.min(SIZES[storage], 20 * GB + held + (storage === "/b" ? films(day) : 0));
  return aDisk([storage], {
    used_hd_percent: (100 * used) / SIZES[storage],
    total_hd_bytes: SIZES[storage],
    free_hd_bytes: SIZES[storage] - used,
    read_only: isReadOnly(storage, day),
  });
}

/** Nodes on a writable disk grow; a minute passes. */
function fill({ nodes, bytes }: World, day: number): void {
  for (const node of nodes.values()) {
    const storage = storageOf(node) as Storage;
    if (node.status !== "RUNNING" || isReadOnly(storage, day) || isAway(storage, day)) continue;
    const held = bytes.get(node.id) ?? 0;
    bytes.set(node.id, held + ((FULL_NODE - held) * 60) / FILL_SECONDS);
  }
}

type Deed = { readonly day: number; readonly type: string; readonly storage: string };

/** Does to the nodes what the executor does; a node that is started is up a minute later. */
function perform({ nodes, bytes }: World, s: Snapshot, day: number): readonly Deed[] {
  return decide(s).flatMap((action): readonly Deed[] => {
    if (!("node" in action)) return [];
    if (action.type === "add") {
      const storage = action.storage ?? "";
      const root_dir = `${storage}/antnode${String(action.node).padStart(4, "0")}`;
      nodes.set(
        action.node,
        aNode(action.node, { root_dir, born_at: s.now, status_since: s.now, has_key: true }),
      );
      bytes.set(action.node, GB);
      return [{ day, type: "add", storage }];
    }
    const node = nodes.get(action.node);
    if (node === undefined) throw new Error(`there is no node ${action.node}`);
    const deed = { day, type: action.type, storage: storageOf(node) };
    if (action.type === "stop") nodes.set(node.id, BECOMES.stopped(node, s.now));
    else if (action.type === "start")
      nodes.set(node.id, { ...BECOMES.starting(node, s.now), status: "RUNNING", pid: 1 });
    else if (action.type === "remove" && action.when === "now") {
      nodes.delete(node.id);
      bytes.delete(node.id);
    } else if (action.type === "remove")
      nodes.set(node.id, BECOMES.withoutProcess(BECOMES.removing(node, action.cause, s.now)));
    else throw new Error(`nothing here asks for ${action.type}`);
    return [deed];
  });
}

/** The snapshot of a run, as the observation makes it: nodes on a missing disk are out of reach. */
function seen(world: World, before: Snapshot | undefined, now: number, day: number): Snapshot {
  const there = STORAGES.filter((storage) => !isAway(storage, day));
  const disks = there.map((storage) => diskOf(world, storage, day));
  const [reachable, lost] = [true, false].map((is) =>
    [...world.nodes.values()].filter((node) => there.includes(storageOf(node) as Storage) === is),
  );
  const nodes = (reachable ?? []).map((node) => ({ ...node, data_bytes: world.bytes.get(node.id) }));
  const { used_hd_percent, total_hd_bytes, free_hd_bytes } = disks[0] ?? quietMetrics;
  const metrics = { ...quietMetrics, used_hd_percent, total_hd_bytes, free_hd_bytes };
  const known = before?.disk_histories ?? new Map();
  const disk_histories = withDiskSamples({ diskHistories: () => known }, disks, now, 0);
  const base = aSnapshot({
    config: { node_storage: ["/a", "/b", "/c", "/d"], node_cap: 20, reaction: "steady" },
    metrics,
  });
  const history = withSample(before?.history ?? base.history, metrics, nodes.length, now);
  const unreadable = {
    ...ALL_READABLE,
    nodes: (lost ?? []).map(({ id, root_dir }) => ({
      ...{ id, because: "its disk is away", ports: [], storage: storageOf({ root_dir }) },
    })),
  };
  const s = {
    ...base,
    disks,
    disk_histories: new Map([...known, ...disk_histories]),
    history,
    now,
    unreadable,
  };
  const judged = withoutNeedlessRemovals({ ...s, nodes });
  for (const node of judged) world.nodes.set(node.id, { ...node, data_bytes: undefined });
  return { ...s, nodes: judged };
}

test("in three weeks of 20 nodes on 4 disks, each disk fault costs only its own nodes, and the rest stay steady", () => {
  const world: World = { nodes: new Map(), bytes: new Map() };
  const deeds: Deed[] = [];
  let before: Snapshot | undefined;
  const counts = () =>
    STORAGES.map((one) => [...world.nodes.values()].filter((n) => storageOf(n) === one).length);
  let spread: readonly number[] = [];
  for (let minute = 0; minute < WEEKS * 7 * 1440; minute++) {
    const day = minute / 1440;
    const s = seen(world, before, NOW + minute * 60, day);
    const plan = perform(world, s, day);
    before = { ...s, ...withDeletions(s, []) };
    deeds.push(...plan);
    fill(world, day);
    if (minute === 7 * 1440 - 1) spread = counts();
  }
  const of = (type: string, from: number, to: number) =>
    deeds.filter((one) => one.type === type && one.day >= from && one.day < to).map(({ storage }) => storage);
  // In proportion to size: the disk that is twice as large has twice as many.
  expect(spread.reduce((sum, n) => sum + n, 0)).toBe(20);
  expect(spread).toEqual([4, 4, 8, 4]);
  // Before anything happens no node is stopped or removed.
  expect([...of("stop", 0, 7), ...of("remove", 0, 7)]).toEqual([]);
  // The disk that other files fill gives up nodes, and no other disk does; they are replaced elsewhere.
  const removed = of("remove", 7, 21);
  expect(removed.length).toBeGreaterThan(0);
  expect(new Set(removed)).toEqual(new Set(["/b"]));
  expect(of("add", 8, 21)).not.toContain("/b");
  // The read-only disk stops all of its nodes and no others, and starts them again.
  const on_c = of("stop", 12, 12.5);
  expect(new Set(on_c)).toEqual(new Set(["/c"]));
  expect(new Set(of("start", 12, 14))).toEqual(new Set(["/c"]));
  // Nothing is added in place of nodes on a missing disk, and nothing is done to them.
  expect(deeds.filter(({ day, storage }) => day >= 15 && day < 16 && storage === "/d")).toEqual([]);
  expect(counts().reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(20);
  expect([...world.nodes.values()].filter(({ status }) => status !== "RUNNING")).toEqual([]);
});
