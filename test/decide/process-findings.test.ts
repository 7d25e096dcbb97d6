import { expect, test } from "bun:test";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { processFindings } from "../../src/decide/process-findings.ts";
import type { NodeId } from "../../src/model/node.ts";
import type { Observation, ProcessState, Reading } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aConfig, aNode } from "../support/builders.ts";

const ANSWER: Reading = {
  answered: true,
  readings: { ...NO_READINGS, records: 7, rewards: 9n },
  version: "9.9.9",
  peer_id: "12D3KooWStranger",
};
const RUNNING: ProcessState = {
  state: "running",
  process: { pid: 4000, pid_started: 5, boot_id: "a boot" },
};
const seen = (process: ProcessState, reading?: Reading): Observation => ({
  process,
  reading,
  folder: undefined,
  ended_because: undefined,
  shown_on: 13_001,
});
const ADVICE = {
  portHolderCommand: (port: number): string => `ask who holds ${port}`,
  asRoot: (command: string): string => `doas ${command}`,
};
const node = aNode(1, { status: "RUNNING", wanted: "running", pid: 4000, pid_started: 5, boot_id: "a boot" });
const findings = (observation: Observation) =>
  processFindings([node], new Map([[node.id, observation]]), ADVICE);

for (const state of ["stopped", "missing"] as const) {
  test(`a node that is ${state} is down even if its port answers, and the answer is discarded`, () => {
    const observation = seen({ state }, ANSWER);
    const settled = settle(node, observation, aConfig(), 1_000);
    expect(settled).toMatchObject({ status: "STOPPED", pid: undefined, crashes: 2, rewards: undefined });
    expect(settled).toMatchObject({ version: node.version, peer_id: node.peer_id });
    expect(settled.problem).toBe(`another process answers on its port 13001`);
    expect(findings(observation)).toMatchObject([
      { key: "stranger-on-port", severity: "bad", node: node.id, cure: "ask who holds 13001" },
    ]);
  });
}

test("an answer is no evidence about a node whose process is unknown", () => {
  const observation = seen({ state: "unknown", because: "it is hidden", hidden: true }, ANSWER);
  expect(settle(node, observation, aConfig(), 1_000)).toBe(node);
});

test("a live node whose port is held by another process is reported and counts as silent", () => {
  const observation = seen(RUNNING, { answered: false, because: "stranger" });
  expect(settle(node, observation, aConfig(), 1_000)).toMatchObject({
    status: "RUNNING",
    silent_since: 1_000,
  });
  expect(findings(observation)[0]?.sentence).toContain("another process holds its metrics port");
});

test("there is no finding for nodes that run and answer, or are between two tries", () => {
  expect(findings(seen(RUNNING, ANSWER))).toEqual([]);
  expect(findings(seen({ state: "unknown", because: "systemd is about to start it again" }))).toEqual([]);
  expect(findings(seen({ state: "stopped" }))).toEqual([]);
});

test("nodes that cannot be seen for the same reason are one finding", () => {
  const nodes = [1, 2, 3, 4, 5, 6, 7].map((id) => aNode(id));
  const hidden = seen({ state: "unknown", because: "/proc hides it", hidden: true });
  const all = processFindings(nodes, new Map(nodes.map(({ id }) => [id as NodeId, hidden])), ADVICE);
  expect(all).toHaveLength(1);
  expect(all[0]?.sentence).toContain(
    "antnode0005 and 2 more run, so nothing is done to them: /proc hides it",
  );
});

test("without a boot id, a process is recognised by pid and start time", () => {
  const process = { pid: 4000, pid_started: 5, boot_id: "unknown" };
  expect(settle(node, seen({ state: "running", process }), aConfig(), 1_000)).toMatchObject({
    boot_id: "a boot",
  });
});
