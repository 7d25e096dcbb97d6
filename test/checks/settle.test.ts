import { expect, test } from "bun:test";
import { settleFindings } from "../../src/checks/settle.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { NodeId } from "../../src/model/node.ts";
import { NOW } from "../support/builders.ts";

const full = (node: number, sentence = "full"): Finding => ({
  key: "node-full",
  severity: "bad",
  sentence,
  node: node as NodeId,
});
const MINUTE = 60;

test("a finding begins once, stays while it is found, and ends once", () => {
  const first = settleFindings([], [full(1)], NOW);
  expect(first.begun).toEqual([{ ...full(1), since: NOW, open: true }]);
  const second = settleFindings(first.stored, [full(1, "full")], NOW + MINUTE);
  expect(second).toMatchObject({ begun: [], ended: [], open: [{ sentence: "full", since: NOW }] });
  const third = settleFindings(second.stored, [], NOW + 2 * MINUTE);
  expect(third).toMatchObject({ stored: [], open: [], begun: [], ended: [{ key: "node-full", node: 1 }] });
});

test("one key for several nodes or subjects is several findings; a duplicate is one", () => {
  const setting = (subject: string): Finding => ({
    key: "unreadable-setting",
    severity: "warning",
    sentence: subject,
    subject,
  });
  const { open } = settleFindings([], [full(1), full(2), full(1), setting("a"), setting("b")], NOW);
  expect(open.map(({ sentence, node }) => `${node ?? sentence}`)).toEqual(["1", "2", "a", "b"]);
});

test("a finding that has to last is remembered, and reported once it has lasted", () => {
  const alone: Finding = { key: "node-without-peers", severity: "warning", sentence: "alone" };
  const first = settleFindings([], [alone], NOW);
  expect(first).toMatchObject({ open: [], begun: [], stored: [{ since: NOW, open: false }] });
  const later = settleFindings(first.stored, [alone], NOW + 899);
  expect(later.open).toEqual([]);
  expect(settleFindings(later.stored, [], NOW + 900)).toMatchObject({ stored: [], ended: [] });
  expect(settleFindings(later.stored, [alone], NOW + 900).begun).toMatchObject([{ since: NOW, open: true }]);
});

test("a momentary finding stays for its time, whichever way the clock moves", () => {
  const jumped: Finding = { key: "clock-jumped", severity: "warning", sentence: "set" };
  const { stored } = settleFindings([], [jumped], NOW);
  expect(settleFindings(stored, [], NOW + 3599).open).toHaveLength(1);
  expect(settleFindings(stored, [], NOW + 3600)).toMatchObject({
    open: [],
    ended: [{ key: "clock-jumped" }],
  });
  expect(settleFindings(stored, [], NOW - 3601).open).toEqual([]);
});

test("a finding that was not looked for stays as it was", () => {
  const { stored } = settleFindings([], [full(1), full(2)], NOW);
  const { open, ended } = settleFindings(stored, [], NOW + 60, ({ node }) => node !== 2);
  expect(open).toMatchObject([{ node: 2 }]);
  expect(ended).toMatchObject([{ node: 1 }]);
});

test("a finding that becomes bad begins again, and the worst come first", () => {
  const warning: Finding = { ...full(1), severity: "warning" };
  const { stored } = settleFindings([], [warning], NOW);
  expect(settleFindings(stored, [full(1)], NOW).begun).toHaveLength(1);
  expect(settleFindings([], [{ ...full(2), severity: "warning" }, full(1)], NOW).open).toMatchObject([
    { node: 1 },
    { node: 2 },
  ]);
});

test("a different reason is reported again; different figures alone are not", () => {
  const { stored } = settleFindings([], [full(1, "91.5 % full: 3 nodes")], NOW);
  expect(settleFindings(stored, [full(1, "92 % full: 4 nodes")], NOW)).toMatchObject({
    begun: [],
    open: [{ sentence: "92 % full: 4 nodes", since: NOW }],
  });
  expect(settleFindings(stored, [full(1, "no inodes")], NOW).begun).toMatchObject([{ since: NOW }]);
});

test("a clock that went back does not make a finding begin in the future", () => {
  const { stored } = settleFindings([], [full(1)], NOW);
  expect(settleFindings(stored, [full(1)], NOW - 1000).open).toMatchObject([{ since: NOW - 1000 }]);
});
