import { expect, test } from "bun:test";
import { eventOfStep } from "../../src/decide/events/done.ts";
import { eventsSeen } from "../../src/decide/events/seen.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import type { Action } from "../../src/model/action.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { aNode, aStoppedNode, NOW } from "../support/builders.ts";

const THEN = { at: NOW, readings: undefined, by: "cron" } as const;
const ID = 1 as NodeId;

const seen = (before: Partial<Node>, after: Partial<Node>): readonly string[] =>
  eventsSeen([aNode(1, before)], [aNode(1, after)], THEN).map(({ kind, reason }) => `${kind}: ${reason}`);

const SEEN: readonly (readonly [what: string, before: Partial<Node>, after: Partial<Node>, event: string])[] =
  [
    [
      "a death",
      {},
      { status: "STOPPED", status_since: NOW, problem: "exit 1" },
      "died: exit 1; it had been up for 1 d",
    ],
    [
      "a death that the supervisor repaired",
      { status_since: NOW - 300 },
      { status_since: NOW - 300, died_at: NOW - 60, problem: "it ended" },
      "died: it ended; it had been up for 4 min",
    ],
    ["its folder gone", {}, { status: "DEAD" }, "dead: its folder is gone"],
    ["silence", {}, { silent_since: NOW }, "silent: it runs and does not answer"],
    ["an answer", { silent_since: NOW - 240 }, {}, "answered: it answers again after 4 min"],
    ["another version", { version: "0.4.1" }, { version: "0.4.2" }, "upgraded-itself: 0.4.1 → 0.4.2"],
    [
      "an end for another version",
      {},
      { status: "STOPPED", upgraded_itself: true, problem: "it ended to run version 2" },
      "upgraded-itself: it ended to run version 2",
    ],
    [
      "a full node",
      { records: 9, max_records: 10 },
      { records: 10, max_records: 10 },
      "full: it holds 10 records of at most 10",
    ],
    [
      "shunning",
      { shunned_count: 3 },
      { shunned_count: 5 },
      "shunned: peers have shunned it 5 times, 3 when it was last asked",
    ],
    [
      "a start",
      { status: "RESTARTING", status_since: NOW - 41 },
      { status_since: NOW },
      "came-up: up after 41 s",
    ],
    [
      "a stop that was cut short",
      { wanted: "stopped" },
      { status: "STOPPED", wanted: "stopped" },
      "stop: the stop that an earlier run began is done",
    ],
  ];

test.each(SEEN)("a survey that sees %s records it", (_, before, after, event) => {
  expect(seen(before, after)).toEqual([event]);
});

test("changes that do not matter to the operator are not events", () => {
  expect(seen({ records: 1, shunned_count: 4 }, { records: 2, shunned_count: 5, uptime: 7 })).toEqual([]);
  expect(seen({ died_at: NOW - 100, silent_since: undefined }, { died_at: NOW - 100, crashes: 0 })).toEqual(
    [],
  );
  expect(seen({ version: undefined }, { version: "0.4.2" })).toEqual([]);
});

const step = (action: Action, before: Node | undefined, after: Node | undefined): string => {
  const event = eventOfStep([action], before, after, THEN);
  return event === undefined ? "" : `${event.kind} ${event.from_status} ${event.to_status}: ${event.reason}`;
};

test("each step that changes a node's status is an event with the action's reason", () => {
  const [up, down] = [aNode(1), aStoppedNode(1)];
  const because = { node: ID, reason: "because" } as const;
  const starting = BECOMES.starting(down, NOW);
  expect(step({ type: "start", ...because }, down, starting)).toBe("start STOPPED RESTARTING: because");
  expect(step({ type: "start", ...because }, starting, BECOMES.started(starting, undefined))).toBe("");
  expect(
    step({ type: "start", ...because }, starting, BECOMES.failedToStart(starting, "no port", NOW + 1)),
  ).toBe("failed RESTARTING STOPPED: start: no port");
  expect(step({ type: "stop", ...because }, up, BECOMES.stopping(up))).toBe("");
  expect(step({ type: "stop", ...because }, up, BECOMES.stopped(up, NOW))).toBe(
    "stop RUNNING STOPPED: because",
  );
  const upgrade = { type: "upgrade", to: "2", ...because } as const;
  const upgrading = BECOMES.upgrading(up, NOW);
  expect(step(upgrade, up, upgrading)).toBe("upgrade RUNNING UPGRADING: because");
  expect(step(upgrade, upgrading, { ...BECOMES.rollingBack(upgrading, NOW), problem: "2 died" })).toBe(
    "rollback UPGRADING RESTARTING: 2 died",
  );
  const remove = { type: "remove", when: "now", cause: "needed", ...because } as const;
  expect(step(remove, up, BECOMES.removing(up, "needed", NOW))).toBe("remove RUNNING REMOVING: because");
  expect(step(remove, BECOMES.removing(up, "needed", NOW), undefined)).toBe(
    "remove REMOVING undefined: its data are deleted, and it is gone",
  );
});

test("a successful move is one event, and an unsuccessful one is a failure", () => {
  const move = { type: "move", node: ID, to: "/mnt/b", reason: "because" } as const;
  const up = aNode(1);
  const moving = aNode(1, { status: "MIGRATING", status_since: NOW });
  expect(step(move, up, moving)).toBe("move RUNNING MIGRATING: because");
  expect(step(move, moving, aStoppedNode(1, { status_since: NOW }))).toBe("");
  const starting = BECOMES.starting(aStoppedNode(1), NOW);
  expect(step(move, aStoppedNode(1), starting)).toBe("");
  const failed = (node: Node) =>
    BECOMES.failed(node, node, { action: "move", because: "no room", obstacle: undefined }, NOW);
  expect(step(move, moving, failed(moving))).toBe("failed MIGRATING MIGRATING: move: no room");
  // The executor records a failure that says nothing about the node.
  expect(step(move, up, failed(up))).toBe("");
  expect(failed(aNode(1, { problem: "it ended" })).problem).toBe("it ended");
});

test("a failure that repeats for the same reason is recorded once", () => {
  const restart = { type: "restart", node: ID, reason: "silent" } as const;
  const fails = (node: Node, because: string) =>
    BECOMES.failed(node, node, { action: "restart", because, obstacle: undefined }, NOW);
  const once = fails(aNode(1), "no rights");
  expect(step(restart, aNode(1), once)).toBe("failed RUNNING RUNNING: restart: no rights");
  expect(step(restart, once, fails(once, "no rights"))).toBe("");
  expect(step(restart, once, fails(once, "no disk"))).toBe("failed RUNNING RUNNING: restart: no disk");
});
