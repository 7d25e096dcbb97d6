import { expect, test } from "bun:test";
import { countRun, type RunFacts } from "../../src/decide/tally.ts";
import type { Tally } from "../../src/model/days.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { aNode, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

const HOUR = Math.floor(NOW / 3600) * 3600;

const facts = (now: number, before: readonly Node[], nodes: readonly Node[], more = {}): RunFacts => ({
  ...{ now, before, nodes, died: [], metrics: quietMetrics, acted: false, failed: false },
  ...{ outcomes: [], refused: 0 },
  today: { day: "2027-01-15", began_at: NOW - 40_000, ends_at: NOW + 46_400 },
  ...more,
});

/** The tally after runs one minute apart, during which nothing changes. */
function minutes(count: number, nodes: readonly Node[], from = HOUR): Tally {
  let { tally } = countRun(undefined, facts(from, nodes, nodes));
  for (let i = 1; i < count; i++) tally = countRun(tally, facts(from + i * 60, nodes, nodes)).tally;
  return tally;
}

test("an hour has its runs and means, and ends with the first run of the next", () => {
  const nodes = [aNode(1, { records: 5 }), aStoppedNode(2, { records: 2 })];
  const tally = minutes(60, nodes);
  const next = countRun(tally, {
    ...facts(HOUR + 3660, nodes, nodes),
    metrics: { ...quietMetrics, used_cpu_percent: 50 },
  });
  expect(next.hours).toEqual([tally.hour]);
  expect(tally.hour).toMatchObject({ began_at: HOUR, runs: 60, longest_gap: 60, fewest_up: 1, records: 7 });
  expect(tally.hour.used_cpu_percent).toBeCloseTo(10);
  expect(next.tally.hour).toMatchObject({
    began_at: HOUR + 3600,
    runs: 1,
    longest_gap: 120,
    used_cpu_percent: 50,
  });
});

test("a node's uptime is as long as one process lives, including a pause of cron", () => {
  const node = aNode(1);
  const { tally } = countRun(minutes(1, [node]), facts(HOUR + 7200, [node], [node]));
  expect(tally.days[0]?.up_seconds).toBe(7200);
  const restarted = aNode(1, { pid: 9, uptime: 30 });
  expect(countRun(tally, facts(HOUR + 7260, [node], [restarted])).tally.days[0]?.up_seconds).toBe(7230);
  const down = aStoppedNode(1);
  expect(countRun(tally, facts(HOUR + 7260, [node], [down])).tally.days[0]?.up_seconds).toBe(7200);
});

test("a day ends with what belongs to it, and the rest counts toward the next day", () => {
  const [node, gone] = [aNode(1, { records: 9, rewards: 100n }), aNode(2)];
  const before = minutes(2, [node, gone]);
  const began = HOUR + 100;
  const richer = { ...node, rewards: 120n, records: 10 };
  const { tally, node_days } = countRun(
    before,
    facts(HOUR + 120, [node], [richer], {
      today: { day: "2027-01-16", began_at: began, ends_at: began + 86_400 },
      died: [1 as NodeId],
    }),
  );
  expect(node_days.map(({ node, up_seconds, records }) => [node as number, up_seconds, records])).toEqual([
    [1, 60 + 40, 9],
    [2, 60, undefined],
  ]);
  expect(tally.days).toMatchObject([
    { day: "2027-01-16", node: 1, up_seconds: 20, deaths: 1, records: 10, earned: 20n },
  ]);
});

test("earnings are increases; a total that returns after a start is not one, and no digit is lost", () => {
  const much = 98_765_432_109_876_543_210n;
  const nodes = [aNode(1, { rewards: much })];
  const gained = (before: Partial<Node>, after: Partial<Node>) =>
    countRun(minutes(1, nodes), facts(HOUR + 60, [aNode(1, before)], [aNode(1, after)])).tally.hour.earned;
  expect(gained({ rewards: much }, { rewards: much + 1n })).toBe(1n);
  expect(gained({ rewards: much }, { rewards: 0n })).toBe(0n);
  expect(gained({ rewards: 0n, status_since: HOUR }, { rewards: much, status_since: HOUR })).toBe(0n);
  expect(gained({ rewards: 0n }, { rewards: 7n })).toBe(7n);
  expect(gained({ rewards: undefined }, { rewards: 7n })).toBe(0n);
});

test("a clock jump counts neither as a gap between runs nor as uptime", () => {
  const nodes = [aNode(1)];
  for (const jump of [1200, -60]) {
    const { tally } = countRun(minutes(2, nodes), facts(HOUR + 120 + jump, nodes, nodes, { jump }));
    expect([tally.hour.longest_gap, tally.days[0]?.up_seconds]).toEqual([60, 120]);
  }
});

test("a day that only a wrong clock reached is discarded", () => {
  const nodes = [aNode(1)];
  const wrong = { day: "2099-01-01", began_at: HOUR + 1e6, ends_at: HOUR + 2e6 };
  const { tally } = countRun(undefined, facts(HOUR + 1e6, nodes, nodes, { today: wrong }));
  const back = countRun(tally, facts(HOUR + 60, nodes, nodes, { jump: 60 - 1e6 }));
  expect([back.node_days, back.tally.days[0]?.day]).toEqual([[], "2027-01-15"]);
});

test("a clock that is set back restarts the tally and loses no completed hour", () => {
  const nodes = [aNode(1)];
  const tally = minutes(5, nodes);
  const back = countRun(tally, facts(HOUR - 7200, nodes, nodes));
  expect(back.hours).toEqual([tally.hour]);
  expect(back.tally.hour).toMatchObject({ runs: 1, longest_gap: 0 });
});

test("an hour and a day that repeat because the clock was ahead are continued", () => {
  const nodes = [aNode(1)];
  const tally = minutes(50, nodes);
  const midnight = HOUR + 3600;
  const tomorrow = { day: "2027-01-16", began_at: midnight, ends_at: midnight + 86_400 };
  const ahead = countRun(tally, facts(midnight + 600, nodes, nodes, { today: tomorrow, jump: 1200 }));
  expect([ahead.hours[0]?.runs, ahead.node_days[0]?.up_seconds]).toEqual([50, 49 * 60]);
  const stored = { hour: ahead.hours[0], days: ahead.node_days };
  const back = countRun(ahead.tally, facts(HOUR + 51 * 60, nodes, nodes, { jump: -1200, stored }));
  expect(back.hours).toEqual([ahead.tally.hour]);
  expect(back.tally.hour).toMatchObject({ began_at: HOUR, runs: 51 });
  expect(back.tally.days).toMatchObject([{ day: "2027-01-15", up_seconds: 49 * 60 }]);
  const next = countRun(back.tally, facts(HOUR + 52 * 60, nodes, nodes));
  expect(next.tally.days[0]?.up_seconds).toBe(50 * 60);
});

test("a clock that is set back within the hour loses none of it, noticed or not", () => {
  const nodes = [aNode(1)];
  const back = countRun(minutes(30, nodes), facts(HOUR + 600, nodes, nodes));
  expect([back.hours, back.tally.hour.runs, back.tally.days[0]?.up_seconds]).toEqual([[], 31, 29 * 60]);
});
