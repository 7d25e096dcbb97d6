/** A node that wnm was ending when its run was killed, and deaths that a supervisor counts between two observations. */
import { expect, test } from "bun:test";
import { eventsSeen } from "../../src/decide/events/seen.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { addToTotals } from "../../src/decide/totals.ts";
import { type Node, type ProcessIdentity, recordedProcess } from "../../src/model/node.ts";
import type { Observation, ProcessState } from "../../src/model/observation.ts";
import { NO_TOTALS } from "../../src/model/totals.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

const seenAs = (state: ProcessState): Observation => ({
  process: state,
  reading: undefined,
  folder: undefined,
  ended_because: undefined,
  shown_on: 13_001,
});
const ENDED = seenAs({ state: "stopped", because: "exit code 143" });
const OTHER: ProcessIdentity = { pid: 4321, pid_started: 99_999, boot_id: "boot" };
const running = (process: ProcessIdentity | undefined, supervisor_restarts?: number) =>
  seenAs({ state: "running", process, supervisor_restarts });
const look = (node: Node, seen: Observation): Node => settle(node, seen, aConfig(), NOW);
const told = (before: Node, after: Node): readonly string[] =>
  eventsSeen([before], [after], { at: NOW, by: "cron", readings: undefined }).map(
    ({ kind, reason }) => `${kind}: ${reason}`,
  );

const ENDING: Readonly<Record<string, Node>> = {
  restart: BECOMES.aboutToEnd(BECOMES.starting(aNode(1), NOW - 60)),
  hold: BECOMES.aboutToEnd(aNode(1, { crashes: 2, died_at: NOW - 30, problem: "it ended" })),
  rollback: BECOMES.aboutToEnd(BECOMES.rollingBack(aNode(1), NOW - 60)),
  upgrade: BECOMES.aboutToEnd(BECOMES.upgrading(aNode(1), NOW - 60)),
};

test.each(Object.entries(ENDING))("%s: its end is not a death, and it is meant to run again", (_, node) => {
  const after = look(node, ENDED);
  expect(after).toMatchObject({
    status: "STOPPED",
    wanted: "running",
    stopping_to_restart: false,
    pid: undefined,
  });
  expect(after.crashes).toBe(node.crashes);
  expect(told(node, after)).toEqual([
    "stop: wnm had ended it, and was interrupted before it could start it again",
  ]);
});

test.each(Object.entries(ENDING))("%s: another process in its place is not a death", (_, node) => {
  const after = look(node, running(OTHER));
  expect(after).toMatchObject({ ...OTHER, stopping_to_restart: false, crashes: node.crashes });
  expect(told(node, after).join()).not.toContain("died");
});

test("a node that kept running was not ended, and its next end is a death", () => {
  const node = ENDING.hold ?? aNode(1);
  const after = look(node, running(recordedProcess(node)));
  expect(after).toMatchObject({ status: "RUNNING", stopping_to_restart: false });
  const later = look(after, ENDED);
  expect(later.crashes).toBe(node.crashes + 1);
  expect(told(after, later)).toEqual([expect.stringMatching(/^died: exit code 143/)]);
});

test("a start that was interrupted before the process existed is reported as interrupted", () => {
  const node = BECOMES.starting(aNode(1, { pid: undefined, status: "STOPPED" }), NOW - 60);
  const after = look(node, seenAs({ state: "stopped" }));
  expect(after.crashes).toBe(0);
  expect(told(node, after)).toEqual([expect.stringMatching(/^failed: start: wnm was interrupted before/)]);
  expect(told(node, look(node, ENDED))).toEqual([expect.stringMatching(/^died: exit code 143/)]);
});

test("a node that its supervisor restarted several times between two surveys died as many times", () => {
  const node = BECOMES.started(aNode(1), recordedProcess(aNode(1)));
  expect(node.supervisor_restarts).toBe(0);
  const after = look(node, running(OTHER, 3));
  expect(after).toMatchObject({ status: "RUNNING", crashes: 3, supervisor_restarts: 3, died_at: NOW });
  expect(told(node, after)).toEqual([
    "died: it ended 3 times in a row, and its supervisor started it again; it had been up for 1 d",
    ...Array(2).fill("died: it ended again before wnm looked"),
  ]);
  const counts = { before: [node], nodes: [after], died: [1, 1, 1] as never, outcomes: [], refused: 0 };
  expect(addToTotals(NO_TOTALS, counts)).toMatchObject({ deaths: 3, restarts: 3 });
  // The next observation gets the same count, and nothing has happened.
  expect(look(after, running(OTHER, 3))).toMatchObject({ crashes: 3, died_at: NOW });
});

test("an unknown earlier restart count, or one that was reset, counts as one death", () => {
  for (const [before, now] of [
    [undefined, 57],
    [57, 0],
    [2, undefined],
    [undefined, undefined],
  ] as const)
    expect(look(aNode(1, { supervisor_restarts: before }), running(OTHER, now)).crashes).toBe(1);
});

test("the deaths of a day without wnm do not fill the history", () => {
  const node = aNode(1, { supervisor_restarts: 0 });
  const events = told(node, look(node, running(OTHER, 500)));
  expect(events).toHaveLength(10);
  expect(events[0]).toContain("500 times since wnm last looked");
});
