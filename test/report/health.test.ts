import { expect, test } from "bun:test";
import { type Health, levelOf } from "../../src/checks/health.ts";
import { checkBy } from "../../src/checks/register.ts";
import { lateAfter, STANDING_CHECKS, type Standing } from "../../src/checks/standing-checks.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { NodeId } from "../../src/model/node.ts";
import { healthJson, healthText } from "../../src/report/health.ts";
import { NOW } from "../support/builders.ts";

const DIES: Finding = {
  key: "node-dies",
  severity: "bad",
  sentence: "antnode0007 died 6 times in the last hour; the last time: a|b",
  cure: "look",
  node: 7 as NodeId,
  since: NOW - 600,
};
const FILLS: Finding = { key: "disk-fills", severity: "warning", sentence: "The disk fills" };
const health = (...findings: readonly Finding[]): Health => ({
  level: levelOf(findings),
  findings,
  now: NOW,
  colony: { nodes: 20, running: 18, last_run: { ended_at: NOW - 12, duration_ms: 34 } },
});

test("the first line is that of a Nagios plugin, with one bar, and each finding with its cure follows", () => {
  expect(healthText(health())).toBe(
    "WNM OK - 18 of 20 nodes up, last run 12 s ago | nodes=20 running=18;;;0;20 bad=0 warnings=0 last_run_age=12s\n",
  );
  const { colony } = health();
  const silent = healthText({ ...health(), colony: colony && { ...colony, silent: 2 } });
  expect(silent).toStartWith(
    "WNM OK - 16 of 20 nodes up, 2 silent, last run 12 s ago | nodes=20 running=18;",
  );
  expect(healthText(health(DIES, FILLS))).toBe(
    [
      "WNM CRITICAL - antnode0007 died 6 times in the last hour; the last time: a/b (and 1 more); 18 of 20 nodes up, last run 12 s ago | nodes=20 running=18;;;0;20 bad=1 warnings=1 last_run_age=12s",
      " ✗ antnode0007 died 6 times in the last hour; the last time: a|b (for 10 min)",
      "   → look",
      " ! The disk fills",
      "",
    ].join("\n"),
  );
  expect(healthText(health(FILLS))).toStartWith("WNM WARNING - The disk fills; 18 of 20");
  expect(healthText({ level: "unknown", findings: [DIES], now: NOW, colony: undefined })).toStartWith(
    "WNM UNKNOWN - antnode0007 died",
  );
});

test("JSON has the same fields, with null for what is unknown", () => {
  expect(JSON.parse(healthJson(health(DIES)))).toEqual({
    health: "bad",
    code: 2,
    nodes: 20,
    running: 18,
    last_run: NOW - 12,
    last_run_age: 12,
    findings: [DIES],
  });
  expect(
    JSON.parse(healthJson({ level: "unknown", findings: [], now: NOW, colony: undefined })),
  ).toMatchObject({
    code: 3,
    nodes: null,
    last_run_age: null,
  });
});

test("no-run: reported after three minutes, or three times the usual gap, in either direction of the clock", () => {
  const run = (ago: number) => ({
    ended_at: NOW - ago,
    duration_ms: 1,
    status: "no-action",
    done: 0,
    failed: 0,
  });
  const found = (changes: Partial<Standing>) =>
    checkBy(STANDING_CHECKS, { now: NOW, run: run(10), samples: [], at_work: false, ...changes });
  expect(found({})).toEqual([]);
  expect(found({ run: run(180) })).toEqual([]);
  expect(found({ run: run(181) })).toMatchObject([{ key: "no-run", severity: "bad", since: NOW - 181 }]);
  expect(found({ run: run(-181) })).toMatchObject([{ severity: "bad", since: NOW }]);
  expect(found({ run: run(181), at_work: true })).toEqual([]);
  expect(found({ run: undefined })).toMatchObject([{ key: "no-run", severity: "warning" }]);
  const released = { ...run(7200), status: "released" };
  expect(found({ run: released })).toMatchObject([
    { key: "released", severity: "warning", since: NOW - 7200 },
  ]);
  expect(found({ run: released, at_work: true })).toEqual([]);
  const every5 = [NOW - 900, NOW - 600, NOW - 300];
  expect(lateAfter(every5)).toBe(900);
  expect(found({ run: run(400), samples: every5 })).toEqual([]);
});
