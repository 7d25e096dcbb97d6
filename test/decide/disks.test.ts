import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { diskFindings, withDeletions } from "../../src/decide/disk.ts";
import { force } from "../../src/decide/force.ts";
import { forecast } from "../../src/decide/forecast.ts";
import { withoutNeedlessRemovals } from "../../src/decide/needed.ts";
import { outlookOf } from "../../src/decide/outlook.ts";
import { whyNotGrow } from "../../src/decide/rules/grow.ts";
import type { Snapshot } from "../../src/decide/snapshot.ts";
import type { Action } from "../../src/model/action.ts";
import type { Disk } from "../../src/model/disk.ts";
import type { Node } from "../../src/model/node.ts";
import type { MachineConfig } from "../../src/settings/machine.ts";
import { aDisk, aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const GB = 1e9;
const on = (folder: string, id: number, changes: Partial<Node> = {}) =>
  aNode(id, { root_dir: `${folder}/antnode000${id}`, ...changes });
const stoppedOn = (folder: string, id: number) => aStoppedNode(id, { root_dir: `${folder}/antnode000${id}` });
/** A disk of this many gigabytes, with this percentage in use. */
const disk = (folder: string, gigabytes: number, used: number, changes: Partial<Disk> = {}): Disk =>
  aDisk([folder], {
    used_hd_percent: used,
    total_hd_bytes: gigabytes * GB,
    free_hd_bytes: (gigabytes * GB * (100 - used)) / 100,
    ...changes,
  });
const colony = (
  disks: readonly Disk[],
  nodes: readonly Node[],
  config: Partial<MachineConfig> = {},
  rest: Partial<Snapshot> = {},
): Snapshot => {
  const [first = "/a", ...others] = disks.flatMap(({ for_new }) => for_new);
  return aSnapshot({
    config: { node_storage: [first, ...others], node_cap: 50, ...config },
    nodes,
    rest: { disks, ...rest },
  });
};
const storagesOf = (plan: readonly Action[]) =>
  plan.map((one) => ("storage" in one ? one.storage : one.type));
const nodesOf = (plan: readonly Action[], type: string) =>
  plan.flatMap((one) => (one.type === type && "node" in one ? Number(one.node) : []));
/** Percentages of a disk that was equally full in the last minutes and hours. */
const lasting = (used_hd_percent: number) => ({
  samples: Array.from({ length: 15 }, (_, i) => ({ taken_at: NOW - (14 - i) * 60, used_hd_percent })),
  quarters: Array.from({ length: 12 }, (_, i) => ({ began_at: NOW - (12 - i) * 900, used_hd_percent })),
  deletion: undefined,
});
const minutes = {
  samples: Array.from({ length: 15 }, (_, i) => ({
    ...{ taken_at: NOW - (14 - i) * 60, nodes: 4, used_cpu_percent: 1, used_mem_percent: 1 },
    ...{ used_hd_percent: 1, load_average_1: 0.1, load_average_5: 0.1, load_average_15: 0.1 },
    ...{ hdio_read_bytes: 0, hdio_write_bytes: 0, netio_read_bytes: 0, netio_write_bytes: 0 },
  })),
  quarters: Array.from({ length: 12 }, (_, i) => ({
    ...{ began_at: NOW - (12 - i) * 900, nodes: 4, used_cpu_percent: 1, used_mem_percent: 1 },
    ...{ used_hd_percent: 1, load_average_1: 0.1 },
  })),
  deletion: undefined,
  failed_adds: 0,
  add_failed_at: undefined,
};

describe("placing a new node", () => {
  const many = { max_concurrent_starts: 40, max_concurrent_operations: 40 };

  test("nodes are spread in proportion to the disks' sizes", () => {
    const plan = decide(
      colony([disk("/a", 1000, 0), disk("/b", 2000, 0), disk("/c", 1000, 0)], [], { ...many, node_cap: 12 }),
    );
    const counts = Object.groupBy(storagesOf(plan), (storage) => String(storage));
    expect(Object.entries(counts).map(([storage, all]) => [storage, all?.length])).toEqual([
      ["/b", 6],
      ["/a", 3],
      ["/c", 3],
    ]);
  });

  test("of equal disks the one with the fewest nodes is chosen, and never one that is full, nearly full or read-only", () => {
    const disks = [
      disk("/a", 1000, 10),
      disk("/b", 1000, 10),
      disk("/full", 9000, 95),
      disk("/grown", 9000, 76),
      disk("/fixed", 9000, 10, { read_only: true }),
      disk("/small", 9000, 10, { free_hd_bytes: 1 }),
    ];
    const plan = decide(colony(disks, [on("/a", 1)], { ...many, node_cap: 4 }));
    expect(storagesOf(plan)).toEqual(["/b", "/a", "/b"]);
  });

  test("two folders on one file system are one disk and share its nodes", () => {
    const one = aDisk(["/a", "/a2"], {
      total_hd_bytes: 1000 * GB,
      free_hd_bytes: 1000 * GB,
      used_hd_percent: 0,
    });
    const plan = decide(colony([one, disk("/b", 1000, 0)], [], { ...many, node_cap: 4 }));
    expect(storagesOf(plan).toSorted()).toEqual(["/a", "/a2", "/b", "/b"]);
  });

  test("expected growth counts: a disk that will be full within a week takes only as many nodes as fit", () => {
    const young = { data_bytes: 1 * GB, born_at: NOW - 3600 };
    const nodes = [on("/a", 1, { data_bytes: 300 * GB }), on("/a", 2, young), on("/b", 3, young)];
    // Within a week the nodes of /a take 300 GB more, and a new one 300: 600 are left.
    const disks = [disk("/a", 1000, 30), disk("/b", 400, 1)];
    expect(storagesOf(decide(colony(disks, nodes, { ...many, node_cap: 9 })))).toEqual(["/a"]);
  });

  test("with one folder the plan names no storage", () => {
    expect(decide(aSnapshot({}))).toEqual([expect.not.objectContaining({ storage: expect.anything() })]);
  });

  test("a forced add goes to a writable disk, whatever its thresholds say", () => {
    const s = colony([disk("/a", 100, 99), disk("/b", 10_000, 1, { read_only: true })], []);
    expect(storagesOf(force("add", { count: 2 }, s))).toEqual(["/a", "/a"]);
  });

  test("a disk that node_storage no longer names gets no new node", () => {
    const s = colony([disk("/old", 9000, 1, { for_new: [] }), disk("/new", 100, 1)], []);
    expect(storagesOf(decide(s))).toEqual(["/new"]);
  });

  test("the reason for not growing names each disk", () => {
    const s = colony([disk("/a", 100, 80), disk("/b", 100, 95)], []);
    const reasons = whyNotGrow(s).join("; ");
    expect(reasons).toContain("hd 80 % (/a) >= hd_less_than 75 %");
    expect(reasons).toContain("hd 95 % (/b) > hd_remove 90 %");
    expect(decide(s)[0].type).toBe("idle");
  });
});

describe("a full disk", () => {
  const held = { data_bytes: 20 * GB };

  test.each(["steady", "immediate"] as const)("%s: costs only nodes that are on it", (reaction) => {
    const nodes = [on("/a", 1, held), on("/a", 2, held), on("/b", 3, held), on("/b", 4, held)];
    const disk_histories = new Map([
      ["/a", lasting(20)],
      ["/b", lasting(92)],
    ]);
    const s = colony(
      [disk("/a", 100, 20), disk("/b", 100, 92)],
      nodes,
      { reaction },
      { disk_histories, history: minutes },
    );
    const plan = decide(s);
    expect(nodesOf(plan, "remove")).toEqual([4]);
    expect(plan[0].reason).toContain("(/b) > hd_remove");
    expect(
      nodesOf(
        decide({
          ...s,
          disks: [disk("/a", 100, 92), disk("/b", 100, 20)],
          disk_histories: new Map([["/a", lasting(92)]]),
        }),
        "remove",
      ),
    ).toEqual([2]);
    expect(forecast(s).join()).toContain("The full disk /b costs at most 2 of 4 nodes");
  });

  test("costs nothing until it has lasted, and the reason for waiting names it", () => {
    const nodes = [on("/a", 1, held), on("/b", 2, held)];
    const s = colony(
      [disk("/a", 100, 20), disk("/b", 100, 92)],
      nodes,
      { reaction: "steady" },
      { history: minutes },
    );
    expect(nodesOf(decide(s), "remove")).toEqual([]);
    expect(decide(s)[0].reason).toContain("hd 92 % (/b) > hd_remove 90 %");
  });

  test("costs nothing when something else fills it, and is a finding of its own", () => {
    const nodes = [on("/a", 1, held), on("/b", 2, { data_bytes: 1 })];
    const disk_histories = new Map([["/b", lasting(92)]]);
    const s = colony(
      [disk("/a", 100, 20), disk("/b", 100, 92)],
      nodes,
      { reaction: "steady" },
      { history: minutes, disk_histories },
    );
    expect(nodesOf(decide(s), "remove")).toEqual([]);
    expect(diskFindings(s)).toMatchObject([{ key: "disk-full", subject: "/b" }]);
  });

  test("does not prevent nodes on another disk from being started", () => {
    const crashed = {
      status: "STOPPED",
      wanted: "running",
      pid: undefined,
      crashes: 1,
      status_since: NOW - 900,
    } as const;
    const nodes = [on("/a", 1, crashed), on("/b", 2, crashed)];
    const s = colony(
      [disk("/a", 100, 20), disk("/b", 100, 99)],
      nodes,
      { reaction: "steady", max_concurrent_starts: 9 },
      { history: minutes },
    );
    expect(nodesOf(decide(s), "start")).toEqual([1]);
    expect(outlookOf(s, nodes[1] as Node).waits.join()).toContain("(/b) > hd_remove");
    expect(outlookOf(s, nodes[0] as Node).waits.join()).not.toContain("hd_remove");
  });

  test("keeps its stopped nodes stopped while those on another disk start again", () => {
    const s = colony([disk("/a", 100, 20), disk("/b", 100, 80)], [stoppedOn("/a", 1), stoppedOn("/b", 2)], {
      max_concurrent_starts: 9,
    });
    expect(nodesOf(decide(s), "start")).toEqual([1]);
  });

  test("does not justify a waiting removal on another disk, only on its own", () => {
    const leaving = {
      status: "REMOVING",
      wanted: "stopped",
      pid: undefined,
      removal_cause: "needed",
      ...held,
    } as const;
    const nodes = [on("/a", 1, leaving), on("/b", 2, leaving)];
    const disk_histories = new Map([["/b", lasting(92)]]);
    const s = colony(
      [disk("/a", 100, 20), disk("/b", 100, 92)],
      nodes,
      { reaction: "steady" },
      { history: minutes, disk_histories },
    );
    expect(withoutNeedlessRemovals(s).map(({ status }) => status)).toEqual(["STOPPED", "REMOVING"]);
  });

  test("a deletion is remembered only for its own disk", () => {
    const waited = { ...held, status: "STOPPED", wanted: "stopped", pid: undefined } as const;
    const s = colony([disk("/a", 100, 92), disk("/b", 100, 20)], [on("/a", 1, waited), on("/b", 2, waited)]);
    const remove = { type: "remove", when: "now", cause: "needed", reason: "" } as const;
    const plan = [1, 2].map((node) => ({ ...remove, node: node as Node["id"] }));
    const { disk_histories, history } = withDeletions(s, plan);
    expect([...disk_histories]).toMatchObject([
      ["/a", { deletion: { data_bytes: 20 * GB, free_hd_bytes: 8 * GB } }],
    ]);
    expect(history.deletion).toBeUndefined();
  });

  test("node_cap still removes the youngest node, whichever disk it is on", () => {
    const s = colony([disk("/a", 100, 20), disk("/b", 100, 20)], [on("/a", 2), on("/b", 1)], { node_cap: 1 });
    expect(nodesOf(decide(s), "remove")).toEqual([2]);
  });
});

describe("a read-only disk", () => {
  test("all of its nodes are stopped and none is removed; nodes on another disk keep running", () => {
    const nodes = [on("/a", 1), on("/b", 2), on("/b", 3), stoppedOn("/b", 4)];
    const s = colony([disk("/a", 100, 20), disk("/b", 100, 99, { read_only: true })], nodes);
    expect(nodesOf(decide(s), "stop")).toEqual([2, 3]);
    expect(diskFindings(s)).toMatchObject([{ key: "disk-read-only", subject: "/b" }]);
    const stopped = [on("/a", 1), stoppedOn("/b", 2), stoppedOn("/b", 3)];
    const later = colony([disk("/a", 100, 20), disk("/b", 100, 99, { read_only: true })], stopped, {
      node_cap: 2,
    });
    // No other node replaces those, which node_cap would not allow either.
    expect(decide(later)[0].type).toBe("idle");
  });

  test("the same applies to the only disk: its nodes start again once it is writable", () => {
    const s = colony([disk("/a", 100, 20, { read_only: true })], [on("/a", 1)]);
    expect(nodesOf(decide(s), "stop")).toEqual([1]);
    const stopped = { ...s, nodes: [stoppedOn("/a", 1)] };
    expect(decide(stopped)).toMatchObject([
      { type: "idle", reason: expect.stringContaining("the disk of /a is read-only") },
    ]);
    expect(nodesOf(decide({ ...stopped, disks: [disk("/a", 100, 20)] }), "start")).toEqual([1]);
  });

  test("a waiting removal is not carried out on it, and continues later", () => {
    const leaving = on("/b", 2, {
      status: "REMOVING",
      wanted: "stopped",
      pid: undefined,
      removal_cause: "by hand",
    });
    const s = colony([disk("/a", 100, 20), disk("/b", 100, 20, { read_only: true })], [leaving], {
      node_cap: 1,
    });
    expect(nodesOf(decide(s), "remove")).toEqual([]);
    expect(nodesOf(decide({ ...s, disks: [disk("/a", 100, 20), disk("/b", 100, 20)] }), "remove")).toEqual([
      2,
    ]);
  });
});
