import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  leftBytes,
  noRation,
  outstandingBytes,
  promisedBytes,
  rationOf,
  roomBelowRemove,
} from "../../src/decide/ration.ts";
import type { Node } from "../../src/model/node.ts";
import { aConfig, aNode, quietMetrics } from "../support/builders.ts";

const GIB = 1024 ** 3;
const disk = (gigabytes: number, used_hd_percent: number) => ({
  ...quietMetrics,
  used_hd_percent,
  free_hd_bytes: (gigabytes * GIB * (100 - used_hd_percent)) / 100,
});
const newNode = (id: number, changes: Partial<Node> = {}) =>
  aNode(id, { software: "ant-node", data_bytes: undefined, db_size_gb: undefined, ...changes });
const larder = (
  changes: {
    gigabytes?: number;
    used?: number;
    cap?: number;
    hd_remove?: number;
    nodes?: readonly Node[];
  } = {},
) => ({
  config: aConfig({ node_cap: changes.cap ?? 10, hd_remove: changes.hd_remove ?? 90 }),
  metrics: disk(changes.gigabytes ?? 1000, changes.used ?? 10),
  nodes: changes.nodes ?? [],
});

describe("a ration", () => {
  test("is one share of what the disk can take below hd_remove", () => {
    // 1000 GiB, 100 used, 900 at hd_remove: 800 for ten nodes, less the list of paid records.
    expect(rationOf(newNode(1), larder())).toEqual({ db_size_gb: 79, disk_reserve_mb: 102_400 });
  });

  test("never takes what is promised to others", () => {
    const nodes = [newNode(1, { db_size_gb: 790, data_bytes: 0 })];
    expect(rationOf(newNode(2), larder({ nodes })).db_size_gb).toBe(9);
  });

  test("is never less than the node holds", () => {
    const node = newNode(1, { data_bytes: 300 * GIB, db_size_gb: 300 });
    expect(rationOf(node, larder({ nodes: [node], used: 89 })).db_size_gb).toBe(300);
  });

  test("stays what it was when the disk cannot be measured", () => {
    const s = { ...larder(), metrics: { ...quietMetrics, used_hd_percent: undefined } };
    expect(rationOf(newNode(1, { db_size_gb: 7 }), s).db_size_gb).toBe(7);
    expect(rationOf(newNode(1), s).db_size_gb).toBe(1);
  });

  test("never has a reserve below the node's own", () => {
    expect(rationOf(newNode(1), larder({ hd_remove: 100 })).disk_reserve_mb).toBe(500);
  });
});

test("what is left of a promise is unknown while what is held is", () => {
  expect(leftBytes(newNode(1, { db_size_gb: 1 }))).toBeUndefined();
  expect(leftBytes(aNode(1))).toBeUndefined();
  expect(leftBytes(newNode(1, { db_size_gb: 1, data_bytes: 1000 }))).toBe(GIB * 1.25 - 1000);
});

test("no node is added when the least ration does not fit below hd_remove", () => {
  expect(noRation(larder())).toBeUndefined();
  expect(noRation(larder({ nodes: [newNode(1, { db_size_gb: 799, data_bytes: 0 })] }))).toContain(
    "hd_remove 90 %",
  );
  expect(noRation(larder({ used: 90 }))).toContain("0 bytes");
});

test("nodes that are added one after the other never are promised more than the disk can take below hd_remove", () => {
  fc.assert(
    fc.property(
      fc.record({
        gigabytes: fc.integer({ min: 1, max: 4000 }),
        used: fc.integer({ min: 0, max: 99 }),
        cap: fc.integer({ min: 1, max: 60 }),
        hd_remove: fc.integer({ min: 1, max: 100 }),
      }),
      (machine) => {
        let nodes: readonly Node[] = [];
        for (let id = 1; id <= machine.cap; id++) {
          const s = larder({ ...machine, nodes });
          if (noRation(s) !== undefined) break;
          nodes = [...nodes, newNode(id, { db_size_gb: rationOf(newNode(id), s).db_size_gb, data_bytes: 0 })];
        }
        const room = roomBelowRemove(larder(machine)) ?? 0;
        expect(outstandingBytes(nodes)).toBeLessThanOrEqual(Math.ceil(room));
        expect(nodes.reduce((sum, node) => sum + (promisedBytes(node) ?? 0), 0)).toBe(
          outstandingBytes(nodes),
        );
      },
    ),
  );
});
