import { describe, expect, test } from "bun:test";
import type { Hour } from "../../src/model/days.ts";
import type { ColonyEvent } from "../../src/model/event.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { NodeId } from "../../src/model/node.ts";
import { type OverviewFacts, overviewJson, overviewOf } from "../../src/report/overview.ts";
import { overviewText } from "../../src/report/overview-text.ts";
import { inColours, PLAIN } from "../../src/report/paint.ts";
import { shownAnt, shownBytes, shownCount } from "../../src/report/shown-figures.ts";
import { clipped, wrapped } from "../../src/report/text-width.ts";
import { aConfig, aNode, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

const [HOUR, DAY] = [3600, 86_400];
const ANT = 10n ** 18n;

/** An hour that began this many hours before that of NOW. */
const hour = (ago: number, changes: Partial<Hour> = {}): Hour =>
  ({
    ...{ began_at: Math.floor(NOW / HOUR) * HOUR - ago * HOUR, nodes: 4, fewest_up: 4, most_up: 4 },
    ...{
      records: 1000 - ago,
      earned: ANT / 100n,
      free_hd_bytes: 4e11 + ago * 1e8,
      used_hd_percent: 60 - ago / 48,
    },
    ...changes,
  }) as Hour;

const event = (ago: number, kind: ColonyEvent["kind"], node: number, reason: string): ColonyEvent => ({
  ...{ at: NOW - ago, node: node as NodeId, kind, from_status: "RUNNING", to_status: "STOPPED" },
  ...{ reason, readings: undefined, by: "cron" },
});

/** The readings of an event, of which only the number of nodes with a process matters here. */
const withNodes = (nodes: number) => ({ nodes }) as ColonyEvent["readings"];

const finding = (node: number, changes: Partial<Finding> = {}): Finding => ({
  ...{ key: "node-dies", severity: "bad", node: node as NodeId },
  ...{ sentence: `antnode000${node} died 6 times`, cure: "wnm --report why", since: NOW - 2 * HOUR },
  ...changes,
});

const facts = (changes: Partial<OverviewFacts> = {}): OverviewFacts => ({
  ...{ host: "pi4", version: "1.1.0", now: NOW, surveyed_at: NOW - 12, config: aConfig({ node_cap: 4 }) },
  nodes: [
    aNode(1, { connected_peers: 40, records: 400, rewards: 2n * ANT }),
    aNode(2, { connected_peers: 20, records: 600, rewards: ANT + 1n }),
    aNode(3, { silent_since: NOW - 240, connected_peers: undefined }),
    aStoppedNode(4, { wanted: "running" }),
  ],
  metrics: { ...quietMetrics, used_hd_percent: 60, free_hd_bytes: 4e11 },
  doing: ["nothing to do: 4 nodes = node_cap 4"],
  findings: [finding(4)],
  events: [{ ...event(2 * HOUR, "died", 4, "exit 1: HardDiskWriteError"), readings: withNodes(2) }],
  hours: Array.from({ length: 168 }, (_, i) => hour(167 - i, i === 165 ? { fewest_up: 2 } : {})),
  ...changes,
});

const text = (changes: Partial<OverviewFacts> = {}, style = PLAIN): string =>
  overviewText(overviewOf(facts(changes)), style);

test("one screen of 80 columns says how many nodes are up, what they earned, when the disk is full, and what is wrong", () => {
  const shown = text();
  expect(shown.split("\n").length).toBeLessThanOrEqual(24);
  expect(shown).toMatch(/^pi4 · wnm 1\.1\.0 · setsid\+user {2,}as of \d\d:\d\d:\d\d, 12 s ago\n─{80}\n/);
  expect(shown).toMatch(/\nnodes {4}2 up {2}1 silent {2}1 down · of 4 +lowest in 24 h: 2 \(\d\d:\d\d\)\n/);
  expect(shown).toMatch(
    /\nearned {3}0\.\d+ ANT today · \d\.\d+ in 7 days · 3 in all +[▁▂▃▄▅▆▇█]{7} 7 days\n/,
  );
  expect(shown).toContain("\nrecords  1 000 · +24 in 24 h · peers 30 each, least 20 (antnode0002)\n");
  expect(shown).toMatch(
    /\ndisk {5}400 GB left of 1 TB · \+2\.\d GB a day · full \(90 %\) in about 6\d days\n/,
  );
  expect(shown).toContain("\nmachine  cpu 10 % of 50/70 · mem 20 % of 60/75 · load 0.1 0.1 0.1 of 2.4/4\n");
  expect(shown).toContain("\nnow      nothing to do: 4 nodes = node_cap 4\n");
  expect(shown).toContain("\n ✗ antnode0004 died 6 times (for 2 h)\n   → wnm --report why\n");
  expect(shown).toMatch(/\nlast 24 h\n {3}\d\d:\d\d {2}died {2}antnode0004 {2}exit 1: HardDiskWriteError\n$/);
});

test("what is unknown is not shown as zero, without a survey, hours or measurements", () => {
  const shown = text({
    ...{ surveyed_at: undefined, nodes: [], hours: [], events: [], findings: [] },
    metrics: Object.fromEntries(Object.keys(quietMetrics).map((name) => [name, undefined])) as never,
  });
  expect(shown).toContain("no run yet");
  expect(shown).toContain("nodes    0 up · of 0\n");
  expect(shown).toContain("unknown how much is left");
  expect(shown).not.toMatch(/- used|undefined/);
  expect(shown).toContain("cpu - of 50/70");
  expect(shown).toContain("nothing needs you");
  expect(shown).not.toMatch(/lowest|full \(|peers|in 24 h|NaN|undefined/);
});

test("an old survey is shown with its day and age, and a disk that does not fill has no forecast", () => {
  const hours = Array.from({ length: 168 }, (_, i) =>
    hour(167 - i, { used_hd_percent: 60, free_hd_bytes: 4e11 }),
  );
  const shown = text({ surveyed_at: NOW - 2 * DAY, hours });
  expect(shown).toMatch(/as of [ \d]\d \w{3} \d\d:\d\d:\d\d, 2 d ago/);
  expect(shown).toContain("60 % used, limit 90 %");
});

test("findings of one kind are one entry, and events of several nodes in one minute are one line", () => {
  const shown = text({
    findings: [1, 2, 3].map((node) => finding(node)),
    events: [1, 2, 3].map((node) => event(100 - node, "stop", node, "load5 4.6 > 4.0")),
  });
  expect(shown).toContain("antnode0001 died 6 times (for 2 h) … and 2 more like it\n");
  expect(shown).toMatch(/stop {2}3 nodes {2}load5 4\.6 > 4\.0\n/);
});

test("the time of the fewest nodes is that of the loss after which there were so few, or else the hour", () => {
  const lowest = (...events: readonly ColonyEvent[]) => overviewOf(facts({ events })).nodes.lowest;
  const loss = (ago: number, kind: ColonyEvent["kind"], nodes: number): ColonyEvent => ({
    ...event(2 * HOUR - ago, kind, 4, "why"),
    readings: withNodes(nodes),
  });
  const [first, low, late] = [loss(0, "died", 3), loss(60, "died", 2), loss(120, "died", 3)];
  expect(lowest(first, low, late)).toEqual({ up: 2, at: low.at, exact: true });
  // A stop is decided before the number of nodes falls.
  expect(lowest(first, loss(90, "stop", 3))).toMatchObject({ at: NOW - 2 * HOUR + 90, exact: true });
  expect(lowest(first, late)).toMatchObject({ up: 2, exact: false });
});

test("two events of one node in a minute are not reported as events of two nodes", () => {
  const shown = text({
    events: [
      event(50, "failed", 4, "start: no room"),
      event(40, "failed", 4, "start: no rights"),
      event(30, "failed", 3, "start: no rights"),
    ],
  });
  expect(shown).toMatch(
    /failed {2}antnode0004 {2}start: no room\n.*failed {2}2 nodes {6}start: no rights\n$/,
  );
});

describe("an overview of any width", () => {
  const odd = {
    host: "ノード管理\u001b[2J",
    findings: [
      finding(4, { sentence: `antnode0004 died: ${"磁盘错误 ".repeat(30)}\u009b31m`, cure: "x".repeat(300) }),
    ],
    events: [event(60, "died", 4, `ошибка диска\u202e ${"キー".repeat(100)}`)],
    doing: [`start antnode0004: ${"it was down ".repeat(40)}`],
  };
  for (const columns of [20, 24, 30, 40, 60, 80, 120, 149, 150, 200, 400])
    test(`of ${columns} columns holds every line, in any script and in colour`, () => {
      for (const paint of [PLAIN.paint, inColours]) {
        const lines = text(odd, { columns, paint }).split("\n");
        expect(lines.filter((line) => Bun.stringWidth(line) > columns)).toEqual([]);
        for (const control of ["\u009b", "\u202e", "\u001b[2J"])
          expect(lines.some((line) => line.includes(control))).toBe(false);
      }
    });

  test("on a screen of 24 rows never exceeds it, and says what is left out", () => {
    const many = {
      findings: Array.from({ length: 9 }, (_, i) => finding(i + 1, { key: `kind-${i}` })),
      events: Array.from({ length: 9 }, (_, i) => event(HOUR * (9 - i), "stop", i + 1, "load")),
    };
    const shown = text(many, { ...PLAIN, rows: 23 });
    expect(shown.trimEnd().split("\n").length).toBeLessThanOrEqual(23);
    expect(shown).toMatch(/… \d more: wnm --report health/);
    expect(shown).toMatch(/… \d more: wnm --report history/);
  });
});

test("JSON has every field, with all digits of rewards, and null for what is unknown", () => {
  const document = JSON.parse(JSON.stringify(overviewJson(overviewOf(facts({ hours: [] })))));
  expect(document).toMatchObject({
    ...{ host: "pi4", surveyed_at: NOW - 12, nodes: { total: 4, up: 2, silent: 1, down: 1, lowest: null } },
    earned: { total: "3000000000000000001", today: "0" },
    records: { total: 1000, added: null },
    peers: { mean: 30, least: 20, least_node: "antnode0002" },
    disk: { free_hd_bytes: 4e11, days_until_full: null },
    findings: [{ key: "node-dies", node: "antnode0004" }],
    events: [{ kind: "died", node: "antnode0004" }],
  });
});

test("figures are written for people", () => {
  expect([0, 999, 1000, 9_100_000_000, 412e9, 999.6e9, -2e12].map(shownBytes)).toEqual([
    "0 bytes",
    "999 bytes",
    "1 kB",
    "9.1 GB",
    "412 GB",
    "1 TB",
    "−2 TB",
  ]);
  expect([0, 999, 41_203, 1_000_000].map(shownCount)).toEqual(["0", "999", "41 203", "1 000 000"]);
  expect([0n, 2_100_000n, 41_200_000_000_000_000n, 31n * ANT].map(shownAnt)).toEqual([
    "0",
    "0.0000000000021",
    "0.0412",
    "31",
  ]);
  expect(clipped("日本語", 5)).toBe("日本…");
  expect(wrapped("ab 日本語", 4)).toEqual(["ab", "日本", "語"]);
});
