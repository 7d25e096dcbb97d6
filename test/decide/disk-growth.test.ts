import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { growthInWeek, noRoom, reserveMb, roomBelowRemove } from "../../src/decide/disk-growth.ts";
import type { Quarter } from "../../src/model/history.ts";
import { NO_HISTORY } from "../../src/model/history.ts";
import type { Node } from "../../src/model/node.ts";
import { aConfig, aDisk, aHost, aNode, NOW, quietMetrics } from "../support/builders.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const disk = (gigabytes: number, used_hd_percent: number) => ({
  ...quietMetrics,
  used_hd_percent,
  free_hd_bytes: (gigabytes * GIB * (100 - used_hd_percent)) / 100,
});
/** A disk of 1000 GiB of which a tenth is in use, with changes; `percents` are those of the last quarter-hours. */
const colony = (
  changes: {
    gigabytes?: number;
    used?: number;
    hd_remove?: number;
    nodes?: readonly Node[];
    percents?: readonly (number | undefined)[];
  } = {},
) => ({
  config: aConfig({ hd_remove: changes.hd_remove ?? 90 }),
  disks: [aDisk([aHost.paths.node_storage])],
  metrics: disk(changes.gigabytes ?? 1000, changes.used ?? 10),
  nodes: changes.nodes ?? [],
  history: { ...NO_HISTORY, quarters: quartersOf(changes.percents ?? []) },
  now: NOW,
});
const quartersOf = (percents: readonly (number | undefined)[]): readonly Quarter[] =>
  percents.map((used_hd_percent, i) => ({
    began_at: NOW - (percents.length - i) * 900,
    nodes: 1,
    used_cpu_percent: 1,
    used_mem_percent: 1,
    used_hd_percent,
    load_average_1: 1,
  }));
const rising = (from: number, to: number, length = 96) =>
  Array.from({ length }, (_, i) => from + ((to - from) * i) / (length - 1));
const grown = (id: number, data_bytes: number) => aNode(id, { data_bytes });
const young = (id: number, data_bytes: number | undefined) => aNode(id, { data_bytes, born_at: NOW - 3600 });

describe("the space that nodes keep free", () => {
  test.each([
    [1000, 90, 500],
    [10, 90, 102],
    [0.25, 90, 2],
    [10, 99.5, 25],
    [10, 100, 102],
  ])("on %d GiB with hd_remove %d %%: %d MiB", (gigabytes, hd_remove, reserve) => {
    expect(reserveMb(colony({ gigabytes, hd_remove }))).toBe(reserve);
  });

  test("is at most half of what hd_remove leaves free, whatever the disk and the threshold", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100_000, noNaN: true }),
        fc.integer({ min: 1, max: 99 }),
        (gigabytes, hd_remove) => {
          const left = (gigabytes * GIB * (100 - hd_remove)) / 100;
          expect((reserveMb(colony({ gigabytes, hd_remove })) ?? 0) * MIB).toBeLessThanOrEqual(left / 2);
        },
      ),
    );
  });

  test("is left to the node on a disk that was not measured", () => {
    expect(
      reserveMb({ ...colony(), metrics: { ...quietMetrics, free_hd_bytes: undefined } }),
    ).toBeUndefined();
  });
});

describe("an additional node", () => {
  test("fits while no growth is known", () => {
    expect(noRoom(colony())).toBeUndefined();
    expect(noRoom(colony({ nodes: [young(1, undefined)] }))).toBeUndefined();
  });

  test("does not fit when a week like the last day would fill the disk beyond hd_remove", () => {
    // At eleven percent a day it goes from 20 to 90 in less than a week, at ten it does not.
    expect(noRoom(colony({ used: 20, percents: rising(8, 19.4) }))).toMatch(
      /expected to take \d+ GB more and another one [\d.]+ GB, and [\d.]+ GB are left below hd_remove 90 %$/,
    );
    expect(noRoom(colony({ used: 20, percents: rising(11, 20) }))).toBeUndefined();
    expect(noRoom(colony({ used: 20, percents: rising(8, 19.4, 20) }))).toBeUndefined();
    expect(noRoom(colony({ used: 20, percents: rising(60, 20) }))).toBeUndefined();
  });

  test("is expected to hold as much as grown nodes do, and so are existing young ones", () => {
    const hold = 200 * GIB;
    const nodes = [grown(1, hold), grown(2, hold)];
    expect(noRoom(colony({ used: 60, nodes }))).toBeUndefined();
    expect(growthInWeek(colony({ nodes }))).toBe(0);
    const filling = [...nodes, young(3, 40 * GIB)];
    expect(growthInWeek(colony({ nodes: filling }))).toBe(160 * GIB);
    expect(noRoom(colony({ used: 60, nodes: filling }))).toContain("take 172 GB more");
  });

  test("is expected to be as large as the largest node when none is grown", () => {
    const nodes = [young(1, 300 * GIB), young(2, 100 * GIB)];
    expect(noRoom(colony({ used: 40, nodes }))).toBeUndefined();
    expect(noRoom(colony({ used: 41, nodes }))).toContain("another one 322 GB");
  });

  test("is never described with a negative number of bytes, even on a disk beyond its threshold", () => {
    const said = noRoom(colony({ used: 95, nodes: [grown(1, GIB)] }));
    expect(said).toContain("0.00 GB are left below");
    expect(said).not.toContain("-");
  });
});

test("a disk measured as a whole has the same room as one that users may fill completely", () => {
  const of_all = { ...colony(), metrics: { ...disk(1000, 10), hd_of: "inodes", total_hd_bytes: 1000 * GIB } };
  expect(roomBelowRemove(of_all)).toBe(roomBelowRemove(colony()));
});
