/** A node that was asked to end and has not ended yet: how a survey sees it, and what the rules leave alone. */
import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { eventsSeen } from "../../src/decide/events/seen.ts";
import { force, untouched } from "../../src/decide/force.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { afterClockJump } from "../../src/decide/lifecycle/clock-jump.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { outlookOf } from "../../src/decide/outlook.ts";
import { graceLeft, type Node, recordedProcess } from "../../src/model/node.ts";
import type { Observation, ProcessState } from "../../src/model/observation.ts";
import { aConfig, aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

type Changes = Parameters<typeof aSnapshot>[0];

const plan = (changes: Changes) =>
  decide(aSnapshot(changes)).map((action) =>
    "node" in action ? `${action.type} ${action.node}` : action.type,
  );
/** A node that was asked to end this long ago. */
const ending = (id: number, ago: number, was: Partial<Node> = {}): Node =>
  aNode(id, { wanted: "stopped", stopping_since: NOW - ago, own_disk: false, has_key: true, ...was });
const seenAs = (process: ProcessState, changes: Partial<Observation> = {}): Observation => ({
  process,
  reading: undefined,
  folder: { is: "there", own_disk: false, has_key: true },
  ended_because: undefined,
  shown_on: 23_001,
  ...changes,
});
const living = (node: Node) => seenAs({ state: "running", process: recordedProcess(node) });
const ENDED = seenAs({ state: "stopped" });

describe("the time a stopping node has left", () => {
  test("is all of stop_grace before the node is asked to stop, and none after it or if the clock was wrong", () => {
    const left = (stopping_since: number | undefined) => graceLeft({ stopping_since }, 30, NOW);
    expect([undefined, NOW, NOW - 12, NOW - 30, NOW - 99, NOW + 5].map(left)).toEqual([30, 30, 18, 0, 0, 0]);
  });

  test("does not change when the clock is set", () => {
    expect(afterClockJump(ending(1, 12), 3600).stopping_since).toBe(NOW - 12 + 3600);
  });
});

describe("a survey of a stopping node", () => {
  test("leaves the node unchanged while its process lives or is unknown, whatever it answers", () => {
    for (const node of [ending(1, 5), ending(1, 5, { status: "RESTARTING", wanted: "running" })]) {
      expect(settle(node, living(node), aConfig(), NOW)).toBe(node);
      const silent = { ...living(node), reading: { answered: false, because: "refused" } as const };
      expect(settle(node, silent, aConfig(), NOW)).toBe(node);
      const deactivating = seenAs({ state: "unknown", because: "systemd calls it deactivating" });
      expect(settle(node, deactivating, aConfig(), NOW)).toBe(node);
    }
  });

  test("finds it stopped once it has ended, which is not a death, even if a reboot ended it", () => {
    for (const observation of [ENDED, { ...ENDED, ended_by_reboot: true }]) {
      const node = ending(1, 5, { crashes: 1 });
      const after = settle(node, observation, aConfig(), NOW);
      expect(after).toMatchObject({ status: "STOPPED", wanted: "stopped", crashes: 1, pid: undefined });
      expect(after.stopping_since).toBeUndefined();
      const events = eventsSeen([node], [after], { at: NOW, by: "cron", readings: undefined });
      expect(events.map(({ kind }) => kind)).toEqual(["stop"]);
    }
  });

  test("starts it at once if it is meant to run again, and counts no death", () => {
    const node = ending(1, 5, { status: "RESTARTING", wanted: "running" });
    const after = settle(node, ENDED, aConfig(), NOW);
    expect(after).toMatchObject({ status: "STOPPED", wanted: "running", crashes: 0 });
    const events = eventsSeen([node], [after], { at: NOW, by: "cron", readings: undefined });
    expect(events.map(({ kind }) => kind)).toEqual(["stop"]);
    expect(plan({ nodes: [after] })).toEqual(["start 1"]);
  });

  test("does not take another process for the one that was asked to stop", () => {
    const node = ending(1, 5);
    const other = { pid: 4321, pid_started: 99, boot_id: "boot" };
    const after = settle(node, seenAs({ state: "running", process: other }), aConfig(), NOW);
    expect(after).toMatchObject({ ...other, stopping_since: undefined });
  });

  test("lets it end and then starts it if its removal was cancelled meanwhile", () => {
    const leaving = { ...BECOMES.removing(aNode(1), "needed", NOW - 5), stopping_since: NOW - 5 };
    const kept = BECOMES.kept(leaving, NOW);
    expect(kept).toMatchObject({ status: "RUNNING", wanted: "running", stopping_since: NOW - 5 });
    expect(settle(kept, ENDED, aConfig(), NOW)).toMatchObject({ status: "STOPPED", wanted: "running" });
  });
});

describe("the rules for a stopping node", () => {
  const many = { max_concurrent_removals: 9, max_concurrent_operations: 9, max_concurrent_starts: 9 };

  test("do nothing with it while it has time left, and look after the others", () => {
    const down = aStoppedNode(2, { wanted: "running", status_since: NOW - 600 });
    for (const node of [
      ending(1, 29),
      ending(1, 29, { status: "DISABLED" }),
      ending(1, 29, { status: "REMOVING", removal_cause: "begun" }),
      ending(1, 29, { status: "RESTARTING", wanted: "running" }),
      ending(1, 29, { silent_since: NOW - 9999, wanted: "running" }),
    ]) {
      expect(plan({ nodes: [node], config: { node_cap: 1, ...many } })).toEqual(["idle"]);
      expect(plan({ nodes: [node, down], config: { node_cap: 2, ...many } })).toEqual(["start 2"]);
    }
  });

  test("say in an idle run how long it has left", () => {
    expect(decide(aSnapshot({ nodes: [ending(1, 12)], config: { node_cap: 1 } }))[0].reason).toContain(
      "antnode0001 has 18 s left to end",
    );
  });

  test("continue the interrupted work afterwards", () => {
    const late = (was: Partial<Node>) => plan({ nodes: [ending(1, 30, was)], config: { node_cap: 1 } });
    expect(late({})).toEqual(["stop 1"]);
    expect(late({ pid: undefined })).toEqual(["stop 1"]);
    expect(late({ status: "DISABLED" })).toEqual(["disable 1"]);
    expect(late({ status: "REMOVING", removal_cause: "begun" })).toEqual(["remove 1"]);
    expect(late({ status: "RESTARTING", wanted: "running" })).toEqual(["restart 1"]);
    expect(late({ status: "UPGRADING", wanted: "running", previous_version: "0.4.17" })).toEqual([
      "restart 1",
    ]);
  });

  test("keep its slot taken if it is to be started again", () => {
    const restarting = ending(1, 5, { status: "RESTARTING", wanted: "running" });
    const down = aStoppedNode(2, { wanted: "running", status_since: NOW - 600 });
    expect(plan({ nodes: [restarting, down], config: { node_cap: 2 } })).toEqual(["idle"]);
  });
});

describe("forced actions on a stopping node", () => {
  test("starting and enabling are refused with a sentence; actions that end it continue", () => {
    const s = aSnapshot({ nodes: [ending(1, 5), ending(2, 5, { status: "DISABLED" })] });
    const target = { ids: s.nodes.map(({ id }) => id) };
    const refused = (type: "start" | "enable") => untouched(type, target, s).map(({ reason }) => reason);
    expect(force("start", target, s)).toEqual([]);
    expect(refused("start").join()).toMatch(/asked to end and has not ended/);
    expect(force("enable", target, s)).toEqual([]);
    expect(refused("enable")[1]).toMatch(/asked to end and has not ended/);
    for (const type of ["stop", "disable", "remove", "restart"] as const)
      expect(force(type, target, s)).toHaveLength(2);
  });

  test("--count skips it, except for a removal", () => {
    const s = aSnapshot({ nodes: [aNode(1), ending(2, 5)] });
    for (const type of ["stop", "restart"] as const)
      expect(force(type, { count: 1 }, s)).toMatchObject([{ type, node: 1 }]);
    expect(force("remove", { count: 1 }, s)).toMatchObject([{ node: 2 }]);
  });

  test("the reason for waiting is given", () => {
    const at = (ago: number) => {
      const s = aSnapshot({ nodes: [ending(1, ago)] });
      return outlookOf(s, s.nodes[0] ?? aNode(1));
    };
    expect(at(10)).toMatchObject({ at: NOW + 20, by_hand: undefined });
    expect(at(10).waits[0]).toContain("has 20 s left for that (stop_grace 30 s)");
    expect(at(31).waits[0]).toContain("the next run ends it by force");
  });
});
