import { expect, test } from "bun:test";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import type { Observation } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aConfig, aNode, NOW } from "../support/builders.ts";

const EARNED = 123_456_789_012_345_678_901n;
const seen = (changes: Partial<Observation>): Observation => ({
  process: { state: "stopped" },
  reading: undefined,
  folder: undefined,
  ended_because: undefined,
  shown_on: 23_001,
  ...changes,
});

test("a node's earnings are kept when it goes down, and while it does not report them", () => {
  const node = aNode(1, { rewards: EARNED });
  expect(settle(node, seen({}), aConfig(), NOW).rewards).toBe(EARNED);
  const process = { pid: 1001, pid_started: 5001, boot_id: "boot" };
  const answer = { answered: true, version: undefined, peer_id: undefined, readings: NO_READINGS } as const;
  const running = seen({ process: { state: "running", process }, reading: answer });
  expect(settle(node, running, aConfig(), NOW).rewards).toBe(EARNED);
  const more = { ...answer, readings: { ...NO_READINGS, rewards: EARNED + 1n } };
  expect(settle(node, { ...running, reading: more }, aConfig(), NOW).rewards).toBe(EARNED + 1n);
});
