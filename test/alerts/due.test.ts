import { expect, test } from "bun:test";
import { type DueSettings, dueOf, owing, type Told } from "../../src/alerts/due.ts";
import { messageOf } from "../../src/alerts/message.ts";
import type { OpenFinding } from "../../src/model/finding.ts";
import type { NodeId } from "../../src/model/node.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;
const SETTINGS: DueSettings = { alert_level: "warning", alert_after: 0, alert_repeat: DAY };

const dies = (id: number, since = NOW): OpenFinding => ({
  ...{ key: "node-dies", severity: "bad", node: id as NodeId, since, open: true },
  sentence: `antnode${String(id).padStart(4, "0")} died 3 times in the last hour`,
  cure: "see what it says",
});
const nodes = (first: number, last: number): readonly OpenFinding[] =>
  Array.from({ length: last - first + 1 }, (_, i) => dies(first + i));

/** What a target is sent in consecutive runs, as the numbers of findings that begin, last and are over. */
function sentIn(
  runs: readonly (readonly [seconds: number, findings: readonly OpenFinding[], complete?: boolean])[],
  settings = SETTINGS,
): readonly string[] {
  let told: readonly Told[] = [];
  return runs.flatMap(([seconds, findings, complete = true]) => {
    const next = dueOf(told, { now: NOW + seconds, findings, complete }, settings);
    told = next.told;
    const { begun, lasting, over } = next.due;
    return begun.length + lasting.length + over.length === 0
      ? []
      : `${seconds}: ${begun.length} ${lasting.length} ${over.length}`;
  });
}

test("300 nodes that fail together are one message, of a size that every service accepts", () => {
  const all = nodes(1, 300);
  expect(
    sentIn([
      [0, all],
      [60, all],
      [120, all],
      [180, []],
    ]),
  ).toEqual(["0: 300 0 0", "180: 0 0 300"]);
  const message = messageOf({ begun: all, lasting: [], over: [] }, "pi4", { nodes: 300, running: 12 });
  expect(message).toEqual({
    title: "[pi4] 300 nodes are in trouble, 12 of 300 up",
    text: "✗ antnode0001 died 3 times in the last hour; the same with 299 more (node-dies)\n   → see all: wnm --report health",
    severity: "bad",
    event: "began",
  });
});

test("stragglers of a mass failure, and nodes that recover one after another, are combined in one message", () => {
  const runs = Array.from({ length: 20 }, (_, i) => [i * 60, nodes(1, 100 + 10 * Math.min(i, 20))] as const);
  expect(sentIn(runs)).toEqual(["0: 100 0 0", "900: 150 0 0"]);
  const recover = Array.from({ length: 6 }, (_, i) => [i * 60, nodes(1 + 20 * i, 100)] as const);
  expect(sentIn(recover)).toEqual(["0: 100 0 0", "300: 0 0 100"]);
});

test("two nodes that fail one after another are two messages, and one that recovers is sent at once", () => {
  expect(
    sentIn([
      [0, nodes(1, 1)],
      [60, nodes(1, 2)],
      [120, nodes(2, 2)],
      [180, []],
    ]),
  ).toEqual(["0: 1 0 0", "60: 1 0 0", "120: 0 0 1", "180: 0 0 1"]);
});

test("a lasting finding is sent once a day, and never with alert_repeat 0", () => {
  const hours = Array.from({ length: 50 }, (_, i) => [i * 3600, [dies(1)]] as const);
  expect(sentIn(hours)).toEqual(["0: 1 0 0", `${DAY}: 0 1 0`, `${2 * DAY}: 0 1 0`]);
  expect(sentIn(hours, { ...SETTINGS, alert_repeat: 0 })).toEqual(["0: 1 0 0"]);
});

test("warnings and short troubles are left out according to the settings; one that becomes bad is sent again", () => {
  const warns: OpenFinding = { ...dies(1), severity: "warning" };
  expect(
    sentIn([
      [0, [warns]],
      [60, [dies(1)]],
      [120, [warns]],
      [180, [dies(1)]],
    ]),
  ).toEqual(["0: 1 0 0", "60: 1 0 0"]);
  expect(
    sentIn(
      [
        [0, [warns]],
        [60, [dies(1)]],
        [120, []],
      ],
      { ...SETTINGS, alert_level: "bad" },
    ),
  ).toEqual(["60: 1 0 0", "120: 0 0 1"]);
  expect(
    sentIn(
      [
        [0, [dies(1)]],
        [60, []],
      ],
      { ...SETTINGS, alert_after: 120 },
    ),
  ).toEqual([]);
  expect(
    sentIn(
      [
        [0, [dies(1)]],
        [120, [dies(1)]],
      ],
      { ...SETTINGS, alert_after: 120 },
    ),
  ).toEqual(["120: 1 0 0"]);
});

test("a finding that a refused run did not look for is not over", () => {
  const refused: OpenFinding = { ...dies(1), key: "run-refused", node: undefined };
  expect(
    sentIn([
      [0, [dies(1)]],
      [60, [refused], false],
      [120, [dies(1)]],
    ]),
  ).toEqual(["0: 1 0 0", "60: 1 0 0", "120: 0 0 1"]);
});

test("a message that certainly did not arrive is repeated with the next one, even if its finding is over by then", () => {
  const seen = { now: NOW, findings: [dies(1)], complete: true };
  const { due } = dueOf([], seen, SETTINGS);
  const owed = owing([], due, NOW);
  expect(dueOf(owed, { ...seen, now: NOW + 60 }, SETTINGS).due.begun).toHaveLength(1);
  expect(dueOf(owed, { ...seen, now: NOW + 60, findings: [] }, SETTINGS).due.over).toHaveLength(1);
});

test("a message of many kinds stays below Discord's limit", () => {
  const begun = Array.from({ length: 40 }, (_, i) => ({
    ...dies(i + 1),
    key: `kind-${i}`,
    sentence: "x".repeat(300),
  }));
  const { text, title } = messageOf({ begun, lasting: [], over: [] }, "pi4", undefined);
  expect(text.length).toBeLessThanOrEqual(1_701);
  expect(title).toBe("[pi4] 40 nodes are in trouble");
});

test("a title too short for the sentence ends with a whole word", () => {
  const { node: _, ...finding } = dies(1);
  const sentence = "The disk of /home/ant/.local/share/autonomi is full (0 KiB free): wnm works in its room";
  const due = { begun: [{ ...finding, sentence }], lasting: [], over: [] };
  expect(messageOf(due, "pi4", undefined).title).toBe(
    "[pi4] The disk of /home/ant/.local/share/autonomi is full (0 KiB free): wnm ...",
  );
});
