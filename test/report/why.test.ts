import { expect, test } from "bun:test";
import type { ColonyEvent } from "../../src/model/event.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import { explained, explainedWithoutRow, explanationText, type Past } from "../../src/report/why.ts";
import { colonyText, explainedColony } from "../../src/report/why-colony.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const NO_PAST: Past = { events: [], days: [], counted_since: undefined, account: () => "pi" };

const event = (changes: Partial<ColonyEvent>): ColonyEvent => ({
  ...{ at: NOW - 600, node: 1 as NodeId, kind: "stop", from_status: "RUNNING", to_status: "STOPPED" },
  ...{ reason: "load5 4.6 > 4.0", readings: undefined, by: "cron" },
  ...changes,
});

const textOf = (node: Node, past: Partial<Past> = {}, config = {}): string => {
  const s = aSnapshot({ nodes: [node], config: { node_cap: 1, delay_restart: 600, ...config } });
  return explanationText(explained(s, node, { ...NO_PAST, ...past }), NOW);
};

test("a node stopped for load is explained by when, by whom and why, the readings, and what it waits for", () => {
  const node = aStoppedNode(1, {
    status_since: NOW - 100,
    rewards: 21_000_000_000_000_000n,
    born_at: NOW - 86_400,
  });
  const readings = {
    ...{ used_cpu_percent: 88, used_mem_percent: 61, used_hd_percent: 58, nodes: 20 },
    ...{ load_average_1: 5.2, load_average_5: 4.6, load_average_15: 3.1 },
  };
  const days = [
    { day: "2027-01-15", node: node.id, up_seconds: 43_200, deaths: 0, records: 1, earned: 0n, shunned: 0 },
  ];
  const text = textOf(node, { events: [event({ readings })], days, counted_since: NOW - 86_400 });
  expect(text.replace(/\d\d \w{3} \d\d:\d\d:\d\d/, "THEN")).toBe(
    [
      "antnode0001 is STOPPED since THEN (1 min), by wnm, not by itself",
      "  because    load5 4.6 > 4.0",
      "  then       cpu 88 %  mem 61 %  disk 58 %  loads 5.2 4.6 3.1  20 nodes with a process",
      "  next       it starts again once the colony may grow, the oldest node first; until then:",
      "             the last stop was 100 s ago < delay_restart 600 s",
      "  by hand    wnm --force_action start --service_name 1",
      "life         1 d old · up 50.0 % of 1 d · 1 stop · 0 deaths · 0.021 ANT",
      "",
    ].join("\n"),
  );
});

const STATES: readonly (readonly [what: string, node: Node, says: readonly RegExp[]])[] = [
  [
    "that died and waits",
    aStoppedNode(1, { wanted: "running", crashes: 3, status_since: NOW - 10, problem: "exit 1" }),
    [
      /because +exit 1/,
      /next +it is tried again in \d+ s|next +it is tried again in 1 min/,
      /it has ended 3 times/,
    ],
  ],
  ["that is dead", aStoppedNode(1, { status: "DEAD" }), [/is DEAD/, /removed by the next run/]],
  [
    "that starts",
    aNode(1, { status: "RESTARTING", status_since: NOW - 1 }),
    [/next +it counts as RUNNING once it has found peers, or in/],
  ],
  [
    "that starts for longer than it may",
    aNode(1, { status: "RESTARTING", status_since: NOW - 9999 }),
    [
      /the next run that finds it alive counts it as RUNNING: its time to start \(delay_start \d+ s\) is over/,
    ],
  ],
  [
    "that upgrades",
    aNode(1, { status: "UPGRADING", status_since: NOW - 1, previous_version: "0.4.16" }),
    [/its upgrade is done in \d.+, if it runs and answers then; .* it gets 0\.4\.16 back/],
  ],
  [
    "that leaves for good",
    aStoppedNode(1, { status: "REMOVING", removal_cause: "by hand" }),
    [/the next run continues its removal/],
  ],
  [
    "whose removal waits and is not needed",
    aStoppedNode(1, { status: "REMOVING", removal_cause: "needed", status_since: NOW - 1 }),
    [/it comes back/],
  ],
  ["that is disabled", aStoppedNode(1, { status: "DISABLED" }), [/--force_action enable --service_name 1/]],
  [
    "that is silent",
    aNode(1, { silent_since: NOW - 240 }),
    [
      /is RUNNING since .+\), silent 4 min/,
      /because +its process runs and does not answer/,
      /wnm restarts it in 6 min if it stays silent/,
    ],
  ],
  [
    "on which an action failed",
    aNode(1, { failures: 2, failed_action: "upgrade", failed_at: NOW, problem: "no room" }),
    [/because +upgrade failed: no room/, /upgrade is tried again in 2 min/],
  ],
  ["that is well", aNode(1), [/nothing: it runs and answers/]],
  [
    "that Python wnm moves",
    aNode(1, { status: "MIGRATING" }),
    [/does nothing with a node that is MIGRATING/],
  ],
];

test.each(STATES)("why explains a node %s", (_, node, says) => {
  const text = textOf(node);
  for (const pattern of says) expect(text).toMatch(pattern);
});

test("a death is attributed to the node, and a started node has the reason of its start", () => {
  const died = event({ kind: "died", reason: "exit 1" });
  expect(textOf(aStoppedNode(1, { wanted: "running" }), { events: [died] })).toContain(
    "by itself, not by wnm",
  );
  const started = [
    event({
      kind: "start",
      from_status: "STOPPED",
      to_status: "RESTARTING",
      reason: "room again",
      by: "hand:1000",
    }),
    event({ kind: "came-up", from_status: "RESTARTING", to_status: "RUNNING", reason: "up after 41 s" }),
  ];
  const text = textOf(aNode(1), { events: started });
  expect(text).toContain("by hand, pi\n");
  expect(text).toContain("because    room again; up after 41 s\n");
});

test("a node without a readable row is gone, unreadable or unknown", () => {
  const id = 2 as NodeId;
  const gone = [
    event({ kind: "remove", to_status: "REMOVING", reason: "2 nodes > node_cap 1" }),
    event({ kind: "remove", from_status: "REMOVING", to_status: undefined, reason: "its data are deleted" }),
  ];
  const text = (past: Partial<Past>, unreadable?: string): string =>
    explanationText(explainedWithoutRow(id, { ...NO_PAST, ...past }, unreadable), NOW);
  expect(text({ events: gone })).toMatch(/antnode0002 is gone since .*\n {2}because +2 nodes > node_cap 1\n/);
  expect(text({}, "port is 1.5")).toMatch(/is unreadable\n.*cannot be read: port is 1.5\n/);
  expect(text({})).toMatch(/is unknown\n.*there is no such node in the colony/);
});

test("the colony's explanation says what a run would do now, why there are no more nodes, and which are not well", () => {
  const nodes = [
    ...[aNode(1), aStoppedNode(2), aNode(3, { silent_since: NOW - 60 })],
    aNode(4, { status: "RESTARTING", status_since: NOW }),
  ];
  const s = aSnapshot({ nodes, config: { node_cap: 2, delay_restart: 0 } });
  const why = explainedColony(s, (node) => explained(s, node, NO_PAST), []);
  const text = colonyText(why, NOW);
  expect(text).toStartWith(
    "1 of 4 nodes are up, 1 silent, 1 starting, 1 stopped; node_cap is 2\n  now        ",
  );
  expect(text).toMatch(/\n {2}not more +.*3 nodes running = node_cap 2/);
  expect(text).toMatch(
    /\n {2}not well +antnode0002 STOPPED since .*\n +antnode0003 RUNNING since .+\), silent 1 min: /,
  );
});

test("a node whose removal was cancelled is as it was before, and wnm is named as the one that kept it", () => {
  const stopped = event({ reason: "forced by hand", by: "hand:1000" });
  const removed = event({ kind: "remove", to_status: "REMOVING", reason: "2 nodes > node_cap 1" });
  const kept = event({ kind: "changed", from_status: "REMOVING", reason: "it stays" });
  const down = { ...removed, from_status: "STOPPED" };
  const text = (...events: readonly ColonyEvent[]) => textOf(aStoppedNode(1), { events });
  const was_down = text(stopped, down, kept);
  expect(was_down).toContain("because    it stays; it was stopped before that: forced by hand\n");
  expect(was_down).toContain("by wnm, not by itself");
  expect(text(removed, kept)).toContain("because    it stays\n");
});

test("a decision in a run by hand is told apart from an action forced by name", () => {
  const by = "hand:1000";
  const text = (reason: string) => textOf(aStoppedNode(1), { events: [event({ reason, by })] });
  expect(text("load5 4.6 > 4.0")).toContain("), by wnm, in a run by hand, pi\n");
  expect(text("forced by hand")).toContain("), by hand, pi\n");
});

test("a node in doubt is shown as in doubt, with what is wrong and the cure, and the colony names it", () => {
  const node = aNode(1, { pid: undefined });
  const doubtful = new Map([[node.id, "nothing is done to it"]]);
  const s = aSnapshot({ nodes: [node], rest: { doubtful } });
  const finding = { key: "node-folder-unknown", severity: "bad", node: node.id } as const;
  const findings = [{ ...finding, sentence: "its folder\nholds no key", cure: "ls -ld /x" }];
  const explain = () => explained(s, node, { ...NO_PAST, findings });
  const why = explain();
  expect(why).toMatchObject({ in_doubt: true, by_hand: undefined, waits: ["nothing is done to it"] });
  expect(explanationText(why, NOW)).toMatch(
    /\), in doubt\n.*\n {2}needs you {2}its folder holds no key\n {13}→ ls -ld \/x\n {2}next +nothing is done to it\n/,
  );
  expect(colonyText(explainedColony(s, explain, []), NOW)).toMatch(
    /not well +antnode0001 RUNNING .+, in doubt: /,
  );
});
