import { expect, test } from "bun:test";
import { capFor, roomFor } from "../../src/commands/doctor/room.ts";
import type { Finding } from "../../src/model/finding.ts";
import { type FirstSteps, firstStepsText } from "../../src/report/first-steps.ts";

const LIMITS = { hd_remove: 90, mem_remove: 75 };
const NOTHING = { disk: 0, memory: 0 };

test("the nodes that disk and memory carry come with the arithmetic, and with a node_cap that fits both", () => {
  const machine = { disk: { usable: 1000e9, free: 412e9 }, memory: { total: 8e9, free: 6e9 } };
  const rooms = roomFor(LIMITS, machine, NOTHING, undefined);
  expect(rooms).toEqual([
    {
      of: "disk",
      nodes: 8,
      sum: "412 GB free, 100 GB stay free (hd_remove 90 %): 312 GB / 35 GB for a full node = 8 nodes",
    },
    {
      of: "memory",
      nodes: 20,
      sum: "6.0 GB free, 2.0 GB stay free (mem_remove 75 %): 4.0 GB / 200 MB for a node = 20 nodes",
    },
  ]);
  expect(capFor(rooms)).toBe(8);
});

test("what nodes already hold counts as available to nodes, and a node that has just started counts as a grown one", () => {
  const machine = { disk: { usable: 100e9, free: 20e9 }, memory: { total: 1e9, free: 0.5e9 } };
  const [disk, memory] = roomFor(LIMITS, machine, { disk: 60e9, memory: 0.25e9 }, 5e6);
  expect([disk?.nodes, memory?.nodes]).toEqual([2, 5]);
  expect(disk?.sum).toContain("20 GB free and 60 GB of nodes");
});

test("a machine without room for a full node gets one; one that was not measured gets no number", () => {
  const machine = { disk: { usable: 20e9, free: 1e9 }, memory: undefined };
  const rooms = roomFor(LIMITS, machine, NOTHING, undefined);
  expect([rooms[0]?.nodes, capFor(rooms), capFor([])]).toEqual([0, 1, undefined]);
});

const finding = (key: string, severity: Finding["severity"], cure?: string): Finding => ({
  key,
  severity,
  sentence: `there is ${key}`,
  cure,
});
const FIRST: FirstSteps = {
  rooms: [{ of: "disk", nodes: 30, sum: "sum" }],
  node_cap: 20,
  cap: 30,
  findings: [],
  well: 9,
  unanswered: [],
  ports: "UDP 55001-55020",
  reach: { by: "upnp" },
  here: (step) => step,
};
const steps = (first: Partial<FirstSteps>): readonly string[] =>
  firstStepsText({ ...FIRST, ...first })
    .split("\n")
    .filter((line) => /^ +\d+\. /.test(line));

test("when all is well and a router opens the ports, only a dry run is left to do", () => {
  expect(firstStepsText(FIRST).split("\n").slice(0, 3)).toEqual([
    "This machine carries about 30 nodes, proposed: wnm --node_cap 30 (now 20).",
    "  disk    sum",
    "Checked: all 9 answers are good; wnm --report doctor prints them.",
  ]);
  expect(steps({})).toEqual(["  1. The first run starts on its own; see what it would do, and why"]);
  expect(steps({ unanswered: ["what starts wnm"] })).toEqual([
    "  1. See what the first run would do, and why",
  ]);
});

test("a machine that carries fewer nodes than it has says both numbers", () => {
  const rooms = [1, 9].map((nodes) => ({ of: "disk", nodes, sum: "sum" }));
  const [line] = firstStepsText({ ...FIRST, cap: 3, node_cap: 3, rooms }).split("\n");
  expect(line).toBe("This machine carries about 1 node; 3 are there, which is node_cap.");
});

test("missing steps are listed in the order in which to do them, whatever the order in which they were found", () => {
  const findings = [
    finding("no-cron-line", "bad", "(crontab …)"),
    finding("clock-wrong", "bad", "set it"),
    finding("linger-off", "warning", "sudo loginctl enable-linger ant"),
    finding("no-node-program", "bad"),
    finding("no-rights", "bad"),
  ];
  expect(steps({ findings, cap: 7, reach: { by: "router", address: "192.168.1.7" } })).toEqual([
    "  1. ✗ there is no-rights",
    "  2. ✗ there is no-node-program",
    "  3. ! there is linger-off",
    "  4. ✗ there is clock-wrong",
    "  5. node_cap 20 is more than this machine carries when the nodes are full",
    "  6. Forward on your router to 192.168.1.7: UDP 55001-55020",
    "  7. ✗ there is no-cron-line",
    "  8. See what the first run would do, and why",
  ]);
  expect(firstStepsText({ ...FIRST, findings })).toContain("     → sudo loginctl enable-linger ant\n");
});

test("when no router answers to UPnP, the cure names the ports, and they are named only once", () => {
  const findings = [finding("no-upnp-router", "bad", "wnm --no_upnp, and forward UDP 55001-55020")];
  expect(steps({ findings, reach: { by: "router", address: "192.168.1.7" } })).toHaveLength(2);
});
