import { expect, test } from "bun:test";
import { diskFigures } from "../../src/decide/disk-figures.ts";
import { influxNtracking } from "../../src/report/influx.ts";
import { machineMetrics } from "../../src/report/machine-metrics.ts";
import { overviewOf } from "../../src/report/overview.ts";
import { overviewText } from "../../src/report/overview-text.ts";
import { PLAIN } from "../../src/report/paint.ts";
import { pairsJson } from "../../src/report/pairs.ts";
import { prometheus } from "../../src/report/prometheus.ts";
import { aDisk, aNode, aSnapshot, NOW } from "../support/builders.ts";
import { aReport } from "./metrics.ts";

const quarters = Array.from({ length: 96 }, (_, i) => ({
  ...{ began_at: NOW - (96 - i) * 900, nodes: 3, used_cpu_percent: 1, used_mem_percent: 1 },
  ...{ used_hd_percent: 1, load_average_1: 1 },
}));
/** The second disk fills from 40 to 50 % in a day. */
const rising = {
  samples: [],
  quarters: quarters.map(({ began_at }, i) => ({ began_at, used_hd_percent: 40 + (10 * i) / 95 })),
  deletion: undefined,
};
const on = (folder: string, id: number) => aNode(id, { root_dir: `${folder}/antnode000${id}` });
const s = aSnapshot({
  config: { node_storage: ["/a", "/my b"] },
  nodes: [on("/a", 1), on("/my b", 2), on("/my b", 3)],
  rest: {
    disks: [
      aDisk(["/a"]),
      aDisk(["/my b"], { used_hd_percent: 50, total_hd_bytes: 1e12, free_hd_bytes: 5e11, read_only: true }),
    ],
    disk_histories: new Map([["/my b", rising]]),
    history: { samples: [], quarters, deletion: undefined, failed_adds: 0, add_failed_at: undefined },
  },
});

test("each disk has its size, use, nodes, growth and days until it is full", () => {
  const [first, second] = diskFigures(s);
  expect(first).toMatchObject({ disk: "/a", nodes: 1, days_until_full: undefined });
  expect(second).toMatchObject({ disk: "/my b", nodes: 2, read_only: true });
  expect((second?.growth_bytes_per_day ?? 0) / 1e11).toBeCloseTo(1, 1);
  expect(second?.days_until_full).toBeCloseTo(4, 1);
  const { disks } = pairsJson(machineMetrics(s)) as { disks: readonly unknown[] };
  expect(disks).toMatchObject([{ days_until_full: null }, { disk: "/my b", used_hd_percent: 50 }]);
});

test("a disk's growth is unknown, not zero, while there is too little history", () => {
  const [, fresh] = diskFigures({ ...s, disk_histories: new Map() });
  expect(fresh?.growth_bytes_per_day).toBeUndefined();
  expect(influxNtracking({ ...s, disk_histories: new Map() })).toMatch(/disk=\/my\\ b .*nodes=2i \d+\n/);
});

test("prometheus has a series for each disk", () => {
  const text = prometheus(aReport(s));
  expect(text).toContain('wnm_disk_used_ratio{disk="/a"} 0.3\nwnm_disk_used_ratio{disk="/my b"} 0.5\n');
  expect(text).toContain('wnm_disk_nodes{disk="/my b"} 2\n');
  expect(text).toContain('wnm_disk_read_only{disk="/my b"} 1\n');
  expect(text).toMatch(/wnm_disk_seconds_until_full\{disk="\/my b"\} 3[45]\d{4}\n/);
});

test("the overview has a line for each of several disks", () => {
  const { config, nodes, metrics } = s;
  const facts = {
    ...{ host: "pi4", version: "1", now: NOW, surveyed_at: NOW, config, nodes, metrics },
    ...{ doing: [], findings: [], events: [], hours: [], disks: diskFigures(s) },
  };
  const text = overviewText(overviewOf(facts), PLAIN);
  expect(text).toContain("/a: 1 node");
  expect(text).toMatch(/\/my b: 2 nodes · read-only · .* left of .* a day/);
});

test("influx has a line for each of several disks, and no extra one for a single disk", () => {
  const lines = influxNtracking(s)
    .split("\n")
    .filter((line) => line.startsWith("nodes_disks"));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toStartWith(
    "nodes_disks,disk=/my\\ b total_disk=1000000000000i,free_disk=500000000000i,Disk_percent=50i,nodes=2i",
  );
  expect(lines[1]).toContain(",days_until_full=4i ");
  expect(influxNtracking({ ...s, disks: s.disks.slice(0, 1) })).not.toContain("nodes_disks");
});
