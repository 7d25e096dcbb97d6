import { expect, setDefaultTimeout, test } from "bun:test";
import { readCounters } from "../../src/host/linux.ts";
import { clockJump } from "../../src/host/metrics.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;
const tick = (wnm: Wnm, ...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};

/** Makes the next run see a wall clock that was set by this many seconds since the last run. */
function setClock(wnm: Wnm, by: number): void {
  wnm.sql(
    "UPDATE node SET timestamp = timestamp - ?, age = age - ?, silent_since = silent_since - ?",
    by,
    by,
    by,
  );
  wnm.sql("UPDATE sample SET taken_at = taken_at - ?", by);
}

test.each([HOUR, -HOUR, YEAR, -YEAR])("a clock set by %p s neither fires nor delays a timer", async (by) => {
  await using wnm = await aColony("--node_cap=1", "--delay_remove=600");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  await until(async () => {
    await tick(wnm);
    return wnm.nodes()[1]?.status === "REMOVING";
  }, "the second node to wait for its removal");
  wnm.sql("UPDATE node SET timestamp = timestamp - 500 WHERE id = 2");
  setClock(wnm, by);
  const early = await tick(wnm);
  expect(early.stderr).toMatch(/The clock was changed by -?\d+ s/);
  expect(wnm.nodes()[1]?.status).toBe("REMOVING");
  expect((await tick(wnm)).stderr).not.toContain("The clock was set");
  wnm.sql("UPDATE node SET timestamp = timestamp - 110 WHERE id = 2");
  expect((await tick(wnm)).stderr).toContain("remove antnode0002: it was stopped");
  expect(disagreements(wnm)).toEqual([]);
});

test("a day without runs causes no burst: one node is started, as usual", async () => {
  await using wnm = await aColony("--node_cap=5");
  await tick(wnm);
  wnm.sql("UPDATE sample SET uptime = uptime - 86400, taken_at = taken_at - 86400");
  wnm.sql("UPDATE node SET timestamp = timestamp - 86400");
  await wnm.ok([]);
  expect(wnm.nodes().length).toBeLessThanOrEqual(2);
});

test("the time that a suspended machine sleeps counts in both clocks and is not a jump", () => {
  const before = readCounters(undefined);
  const after = { ...before, taken_at: before.taken_at + 8 * HOUR, uptime: before.uptime + 8 * HOUR };
  expect(clockJump(before, after)).toBe(0);
});

test("across a reboot only a step back is a jump, because the time off is unknown", () => {
  const before = { ...readCounters(undefined), uptime: 50_000 };
  const after = { ...before, boot_id: "another", uptime: 30 };
  expect(clockJump(before, { ...after, taken_at: before.taken_at + YEAR })).toBe(0);
  expect(clockJump(before, { ...after, taken_at: before.taken_at - YEAR })).toBe(-YEAR);
});
