import { expect, test } from "bun:test";
import { join } from "node:path";
import { NO_PAST } from "../../src/checks/check.ts";
import { daysUntilFull } from "../../src/checks/colony-checks.ts";
import { CHECKS, check, KINDS } from "../../src/checks/register.ts";
import type { NodeBinary } from "../../src/model/host.ts";
import type { NodeId } from "../../src/model/node.ts";
import { aNode, aStoppedNode, NOW } from "../support/builders.ts";
import { aScene, found } from "./scene.ts";

const DAY = 86_400;
const past = (changes: Partial<typeof NO_PAST>) => ({ ...NO_PAST, ...changes });
const id = (number: number) => number as NodeId;

test("a healthy colony has no findings", () => {
  const nodes = [aNode(1, { connected_peers: 34, shunned: 2 }), aNode(2)];
  expect(check(aScene({ nodes }))).toEqual([]);
});

test("node-dies: reported at the third death in an hour, with its last error", () => {
  const nodes = [aNode(1, { problem: "exit 1: HardDiskWriteError" }), aNode(2)];
  const deaths = (n: number) => found("node-dies", { nodes, past: past({ deaths: new Map([[id(1), n]]) }) });
  expect(deaths(2)).toEqual([]);
  expect(deaths(3)).toMatchObject([
    {
      severity: "bad",
      node: 1,
      sentence: "antnode0001 died 3 times in the last hour; the last time: exit 1: HardDiskWriteError",
    },
  ]);
});

test("strange-program: reported as long as another program is in place of the node's", () => {
  const [put, strange] = ["a".repeat(64), "b".repeat(64)];
  expect(found("strange-program", { nodes: [aNode(1, { program_sha256: put })] })).toEqual([]);
  expect(
    found("strange-program", { nodes: [aNode(1, { program_sha256: put, strange_program: strange })] }),
  ).toMatchObject([{ severity: "bad", node: 1, sentence: expect.stringContaining(strange) }]);
});

test("node-silent: reported after two minutes, counted from its last answer, and only while it runs", () => {
  const silent = (seconds: number, status: "RUNNING" | "STOPPED" = "RUNNING") =>
    found("node-silent", { nodes: [aNode(1, { status, silent_since: NOW - seconds })] });
  expect(silent(120)).toEqual([]);
  expect(silent(121)).toMatchObject([{ severity: "warning", node: 1, since: NOW - 121 }]);
  expect(silent(121, "STOPPED")).toEqual([]);
});

test("node-without-peers: reported with no peers at all; unknown and old readings do not count", () => {
  const peers = (changes: Parameters<typeof aNode>[1]) =>
    found("node-without-peers", { nodes: [aNode(1, changes)] });
  expect(peers({ connected_peers: 0 })).toMatchObject([{ severity: "warning", node: 1 }]);
  expect(peers({ connected_peers: 1 })).toEqual([]);
  expect(peers({ connected_peers: undefined })).toEqual([]);
  expect(peers({ connected_peers: 0, silent_since: NOW - 10 })).toEqual([]);
  expect(peers({ connected_peers: 0, status: "RESTARTING" })).toEqual([]);
});

test("node-shunned: reported with five more than a day ago; without yesterday's count nothing is reported", () => {
  const shunned = (now: number, before: number | undefined) =>
    found("node-shunned", {
      nodes: [aNode(1, { shunned: now })],
      past: past({ shunned: new Map(before === undefined ? [] : [[id(1), before]]) }),
    });
  expect(shunned(9, 5)).toEqual([]);
  expect(shunned(10, 5)).toMatchObject([
    { node: 1, sentence: expect.stringContaining("5 more than a day ago") },
  ]);
  expect(shunned(10, undefined)).toEqual([]);
});

test("move-left: reported for a second folder that could not be deleted, or a dead node with only that folder", () => {
  const moved = aNode(1, { moving_from: "/mnt/a/nodes/antnode0001" });
  expect(found("move-left", { nodes: [moved, aNode(2)] })).toEqual([]);
  const failed = { ...moved, failures: 1, failed_action: "move" } as const;
  expect(found("move-left", { nodes: [failed] })).toMatchObject([
    { node: 1, severity: "warning", sentence: expect.stringContaining("/mnt/a/nodes/antnode0001") },
  ]);
  const dead = { ...moved, status: "DEAD", moving_from: "/mnt/it's; a/antnode0001" } as const;
  expect(found("move-left", { nodes: [dead] })).toMatchObject([
    { severity: "bad", cure: expect.stringContaining("mv '/mnt/it'\\''s; a/antnode0001' ") },
  ]);
});

test("stopped-for-load: one finding for all nodes that were stopped more than an hour ago", () => {
  const stopped = [1, 2, 3, 4, 5].map((n) => aStoppedNode(n, { status_since: NOW - 3601 - n }));
  expect(found("stopped-for-load", { nodes: [aStoppedNode(1, { status_since: NOW - 3600 })] })).toEqual([]);
  expect(
    found("stopped-for-load", { nodes: [aStoppedNode(1, { wanted: "running", status_since: 0 })] }),
  ).toEqual([]);
  expect(found("stopped-for-load", { nodes: stopped })).toMatchObject([
    {
      since: NOW - 3606,
      sentence:
        "antnode0001, antnode0002, antnode0003 and 2 more are stopped and wait for room on the machine; wnm starts what it has room for",
    },
  ]);
});

test("disk-fills: computed from the slope of the week; not reported if the disk does not fill or the history is too short", () => {
  const week = (perDay: number, days = 7) =>
    Array.from({ length: days * 24 }, (_, i) => {
      const at = NOW - (days * 24 - i) * 3600;
      return { at, used: 50 - ((NOW - at) / DAY) * perDay };
    });
  expect(daysUntilFull(week(4), { at: NOW, used: 50 }, 90)).toBeCloseTo(10);
  expect(daysUntilFull(week(0), { at: NOW, used: 50 }, 90)).toBeUndefined();
  expect(daysUntilFull(week(-1), { at: NOW, used: 50 }, 90)).toBeUndefined();
  expect(daysUntilFull(week(4, 2), { at: NOW, used: 50 }, 90)).toBeUndefined();
  expect(daysUntilFull([], { at: NOW, used: 50 }, 90)).toBeUndefined();
  expect(found("disk-fills", { past: past({ disk: week(4) }) })).toMatchObject([
    { severity: "warning", sentence: expect.stringContaining("in about 10 days") },
  ]);
  expect(found("disk-fills", { past: past({ disk: week(2) }) })).toEqual([]);
  expect(found("disk-fills", { past: past({ disk: week(4) }), used_hd_percent: undefined })).toEqual([]);
});

test("disk-fills: each of several disks has its own finding, computed from its last day", () => {
  const other_disks = [
    { disk: "/mnt/b", days_until_full: 3.2 },
    { disk: "/mnt/c", days_until_full: 8 },
    { disk: "/mnt/d", days_until_full: undefined },
  ];
  expect(found("disk-fills", { other_disks })).toMatchObject([
    { subject: "/mnt/b", sentence: expect.stringContaining("/mnt/b reaches hd_remove 90 % in about 4 days") },
  ]);
});

const PROGRAM: NodeBinary = {
  path: "/home/ant/antnode",
  runnable: undefined,
  sha256: undefined,
  software: "antnode",
  version: "0.4.17",
  flags: new Set(),
};

test("upgrade-rolled-back: reported while the failed version is still the one to upgrade to", () => {
  const bad_versions = new Map([["0.4.17", "went down (exit 1)"]]);
  expect(found("upgrade-rolled-back", { binary: PROGRAM, bad_versions })).toMatchObject([
    { subject: "0.4.17", sentence: expect.stringContaining("went down (exit 1)") },
  ]);
  expect(found("upgrade-rolled-back", { binary: { ...PROGRAM, version: "0.4.18" }, bad_versions })).toEqual(
    [],
  );
  expect(found("upgrade-rolled-back", { bad_versions })).toEqual([]);
});

test("no-upgrade: one finding for all nodes that cannot take the program, with the version that they can take", () => {
  const held_back = new Map([1, 2, 3].map((n) => [id(n), `antnode000${n} cannot become 0.23.1`]));
  const nodes = [aNode(1, { status: "DISABLED" }), aNode(2), aNode(3), aNode(4)];
  const binary: NodeBinary = { ...PROGRAM, software: "ant-node", version: "0.23.1" };
  const held = (changes: Partial<Parameters<typeof aScene>[0]>) =>
    found("no-upgrade", { nodes, binary, held_back, between: "0.22.0", ...changes });
  expect(held({})).toMatchObject([
    {
      severity: "warning",
      subject: "0.23.1",
      sentence: "antnode0002 cannot become 0.23.1; the same applies to 1 more node",
      cure: expect.stringMatching(/^wnm --get_node .*0\.22\.0$/),
    },
  ]);
  expect(held({ upgrades: false })).toEqual([]);
  expect(held({ held_back: new Map() })).toEqual([]);
  expect(held({ nodes: nodes.slice(0, 1) })).toEqual([]);
});

test("no-upgrade: reported when the program cannot be run and no node is missing", () => {
  const binary: NodeBinary = { path: "/a", version: undefined, problem: "/a cannot be run" };
  const config = { ...aScene().config, node_cap: 1 };
  const with_none = (changes: Partial<Parameters<typeof aScene>[0]>) =>
    found("no-upgrade", { nodes: [aNode(1)], config, binary, ...changes });
  expect(with_none({})).toMatchObject([{ sentence: "No node can be upgraded: /a cannot be run" }]);
  expect(with_none({ binary: { ...binary, missing: true } })).toEqual([]);
  expect(with_none({ binary: { ...binary, untrusted: true } })).toEqual([]);
  expect(with_none({ config: aScene().config })).toEqual([]);
  expect(with_none({ nodes: [], config: { ...config, node_cap: 0 } })).toEqual([]);
});

test("no-node-program: reported while nodes are missing", () => {
  const binary: NodeBinary = { path: "/a", version: undefined, problem: "There is no node program at /a" };
  expect(found("no-node-program", { binary })).toMatchObject([
    { sentence: "No node can be added: There is no node program at /a" },
  ]);
  const config = { ...aScene().config, node_cap: 1 };
  expect(found("no-node-program", { binary, config, nodes: [aNode(1)] })).toEqual([]);
  expect(found("no-node-program", { binary: { ...binary, untrusted: true } })).toEqual([]);
  expect(found("no-node-program", {})).toEqual([]);
});

test("clock-jumped: reported when the clock was set", () => {
  expect(found("clock-jumped", { clock_jump: -7200 })).toMatchObject([
    { sentence: expect.stringContaining("The clock was changed by -7200 s") },
  ]);
  expect(found("clock-jumped", {})).toEqual([]);
});

test("every finding's key in the program is in the register, and every key in the register is used", async () => {
  const src = join(import.meta.dir, "../../src");
  const used = new Set<string>();
  // A key that two files need is a constant next to the type.
  const [named, names] = [new Map<string, string>(), new Set<string>()];
  for (const file of new Bun.Glob("**/*.ts").scanSync(src)) {
    if (file === "checks/elsewhere.ts" || file === "checks/doctor-kinds.ts") continue;
    const text = await Bun.file(join(src, file)).text();
    if (!/\bFinding\b|\bCheck\b|\bWrong\b|\bAnswer\b|\bQuestion\b/.test(text)) continue;
    for (const [, key = ""] of text.matchAll(/\bfound\("([^"]+)"/g)) used.add(key);
    for (const [, key = ""] of text.matchAll(/^\s*(?:\S.*\{ )?key: "([^"]+)"/gm)) used.add(key);
    if (file === "model/finding.ts")
      for (const [, name = "", key = ""] of text.matchAll(/^export const ([A-Z_]+) = "([a-z-]+)";/gm))
        named.set(name, key);
    for (const [, name = ""] of text.matchAll(/^\s*key: ([A-Z_]+),/gm)) names.add(name);
  }
  for (const [name, key] of named) if (names.has(name)) used.add(key);
  expect([...KINDS.keys()].toSorted()).toEqual([...used].toSorted());
});

test("every row of the register is one line without a full stop, and every check has a test above", async () => {
  const own = await Bun.file(import.meta.path).text();
  for (const { key, about } of KINDS.values()) {
    expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(about).not.toMatch(/\n|\.$/);
  }
  for (const { key } of CHECKS) expect(own).toContain(`test("${key}: `);
});
