import { expect, test } from "bun:test";
import { type Limits, type Shared, taskAnswers } from "../../src/commands/doctor/task-limits.ts";

const shared = (limit: number, used: number, changes: Partial<Shared> = {}): Shared => ({
  of: "the control group /user.slice",
  raise: (to) => `raise it to ${to}`,
  ...{ limit, used, ...changes },
});
const answers = (limits: Partial<Limits>, more: number, tasks = 40) =>
  taskAnswers({ tasks: [], open: undefined, ...limits }, more, { tasks, files: 0 }).map((answer) =>
    answer.is === "found" ? answer.finding : answer.says,
  );

test("processes may have room for all nodes of node_cap, for some, or for none", () => {
  expect(answers({ tasks: [shared(4_000, 100)] }, 20)).toEqual([
    "3900 more processes and threads are allowed",
  ]);
  expect(answers({ tasks: [shared(500, 100)] }, 20)).toMatchObject([
    {
      ...{ key: "few-processes", severity: "warning", cure: "raise it to 2048" },
      sentence:
        "the control group /user.slice may have 500 processes and threads, 100 are taken, and 20 more nodes may need 800",
    },
  ]);
  expect(answers({ tasks: [shared(110, 100)] }, 1)).toMatchObject([{ severity: "bad" }]);
  expect(answers({ tasks: [shared(110, 100)] }, 0)).toMatchObject([
    { sentence: expect.stringContaining("a busy node may need 40 more") },
  ]);
});

test("the control group of one node does not have to hold nodes yet to come", () => {
  expect(answers({ tasks: [shared(100, 20, { of_one: true })] }, 500)).toEqual([
    "80 more processes and threads are allowed",
  ]);
});

test("the raised limit is enough: nothing is found afterwards", () => {
  for (const [limit, used, more] of [
    [500, 100, 20],
    [110, 100, 1],
    [64, 64, 300],
  ] as const) {
    const raised: number[] = [];
    answers({ tasks: [shared(limit, used, { raise: (to) => `${raised.push(to)}` })] }, more);
    expect(answers({ tasks: [shared(raised[0] ?? 0, used)] }, more)).toEqual([
      expect.stringContaining("are allowed"),
    ]);
  }
});

test("open files are limited for the whole machine", () => {
  expect(answers({ open: shared(10_000, 9_000, { of: "the machine" }) }, 5)).toMatchObject([
    { key: "few-processes", sentence: expect.stringContaining("10000 open files") },
  ]);
});
