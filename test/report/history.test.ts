import { expect, test } from "bun:test";
import type { ColonyEvent } from "../../src/model/event.ts";
import type { NodeId } from "../../src/model/node.ts";
import { isoTimes, minuteTime, minuteTimes } from "../../src/report/as-of.ts";
import { type Chronicle, historyCsv, historyJson, historyText } from "../../src/report/history.ts";
import { momentOf } from "../../src/report/moment.ts";
import { refusedOften, timesRefused } from "../../src/store/refusals.ts";
import { NOW } from "../support/builders.ts";

const event = (changes: Partial<ColonyEvent>): ColonyEvent => ({
  ...{ at: NOW - 600, node: 7 as NodeId, kind: "stop", from_status: "RUNNING", to_status: "STOPPED" },
  ...{ reason: "load5 4.6 > 4.0", readings: undefined, by: "cron" },
  ...changes,
});

const chronicle = (events: readonly ColonyEvent[], changes: Partial<Chronicle> = {}): Chronicle => ({
  ...{ since: NOW - 3600, until: NOW, now: NOW, events, hours: [], refused: 0, counted_at: NOW - 30 },
  account: (uid) => (uid === 1000 ? "pi" : undefined),
  ...changes,
});

test("each event is a line that says who asked, and a start says when the node was up", () => {
  const text = historyText(
    chronicle([
      event({ kind: "setting", node: undefined, reason: "node_cap 18 → 20", by: "hand:1000" }),
      event({}),
      event({ kind: "died", reason: "exit 1: HardDiskWriteError; it had been up for 6 d 2 h" }),
      event({
        kind: "start",
        from_status: "STOPPED",
        to_status: "RESTARTING",
        reason: "it went down 58 s ago",
      }),
      event({ kind: "came-up", from_status: "RESTARTING", to_status: "RUNNING", reason: "up after 41 s" }),
      event({ kind: "enable", by: "hand:77", reason: "forced\nby hand" }),
    ]),
  );
  expect(text.replace(/^\d\d \w{3} \d\d:\d\d {2}/gm, "")).toStartWith(
    [
      "setting               node_cap 18 → 20  (by hand, pi)",
      "stop     antnode0007  load5 4.6 > 4.0  (cron)",
      "died     antnode0007  exit 1: HardDiskWriteError; it had been up for 6 d 2 h",
      "start    antnode0007  it went down 58 s ago  (cron, up after 41 s)",
      "enable   antnode0007  forced by hand  (by hand, account 77)",
      "6 events, ",
    ].join("\n"),
  );
});

test("the last line counts runs, and the time since the last run counts as a gap", () => {
  const hour = { runs: 60, acted: 2, failed: 1, longest_gap: 61 } as Chronicle["hours"][number];
  expect(historyText(chronicle([], { hours: [hour, hour] }))).toEndWith(
    "; 120 runs, 4 did something, 2 failed, longest gap between runs 61 s\n",
  );
  expect(historyText(chronicle([], { hours: [hour], counted_at: NOW - 1800 }))).toEndWith("runs 30 min\n");
  expect(historyText(chronicle([], { hours: [hour], refused: 1 }))).toEndWith(" 61 s; 1 run was refused\n");
  expect(historyText(chronicle([], { refused: 5 }))).toEndWith("longest gap 30 s; 5 runs were refused\n");
  expect(historyText(chronicle([], { counted_at: undefined }))).toEndWith("no run, longest gap 1 h\n");
  const earlier = { since: NOW - 10 * 86_400, until: NOW - 9 * 86_400, hours: [] };
  expect(historyText(chronicle([], earlier))).toMatch(
    /^0 events, \d+ \w+ \d\d:\d\d to \d+ \w+ \d\d:\d\d; no run\n$/,
  );
});

test("JSON has every field, CSV a row per event with quotes where needed", () => {
  const odd = event({ reason: 'it said "no", twice', by: "hand:1000" });
  expect(JSON.parse(historyJson(chronicle([odd])).join(""))).toMatchObject({
    events: [
      {
        at: NOW - 600,
        node: "antnode0007",
        kind: "stop",
        from_status: "RUNNING",
        by: "hand:1000",
        account: "pi",
      },
    ],
    runs: { runs: 0 },
  });
  const [head, row, end] = historyCsv(chronicle([odd])).split("\n");
  expect(head).toStartWith("at,time,node,kind,from_status,to_status,reason,by,used_cpu_percent,");
  expect(row).toContain(',antnode0007,stop,RUNNING,STOPPED,"it said ""no"", twice",hand:1000,,,,,,,');
  expect(end).toBe("");
  const readings = { used_cpu_percent: 88.5, nodes: 4 } as ColonyEvent["readings"];
  for (const told of [{ readings }, { readings: undefined, reading_cells: "88.5,,,,,,4" }])
    expect(historyCsv(chronicle([event(told)]))).toEndWith(",cron,88.5,,,,,,4\n");
});

test("JSON in pieces is one document, indented as usual, for no, one and many events", () => {
  for (const count of [0, 1, 499, 500, 501, 1500]) {
    const events = Array.from({ length: count }, (_, i) => event({ at: NOW - i, reason: `"]\n} ${i} →` }));
    const text = historyJson(chronicle(events)).join("");
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`);
    const told: { readonly reason: string }[] = JSON.parse(text).events;
    expect(told.map(({ reason }) => reason)).toEqual(events.map(({ reason }) => reason));
  }
});

test("a moment is an age, a past time or a date, in the machine's time zone", () => {
  const local = (text: string): number => new Date(text).getTime() / 1000;
  const now = local("2026-11-28T07:31:02");
  for (const [text, at] of [
    ["90min", now - 5400],
    ["10m", now - 600],
    ["3d", now - 259_200],
    ["22:00", local("2026-11-27T22:00")],
    ["07:31:02", now],
    ["today", local("2026-11-28T00:00")],
    ["yesterday", local("2026-11-27T00:00")],
    ["2026-11-20", local("2026-11-20T00:00")],
    ["2026-11-20 22:15", local("2026-11-20T22:15")],
    ["2026-11-20T22:15:00Z", Date.UTC(2026, 10, 20, 22, 15) / 1000],
  ] as const)
    expect([text, momentOf(text, now)]).toEqual([text, at]);
});

test("moments in UTC are written as a Date writes them, in any order", () => {
  const timeOf = isoTimes();
  for (const at of [NOW, NOW + 1, NOW - 400 * 86_400, 0, -1, 86_399, 86_400, 4_102_444_799, 253_402_300_800])
    expect(timeOf(at)).toBe(new Date(at * 1000).toISOString().replace(".000", ""));
});

test("consecutive moments are written as single ones are, even in zones with clock changes", () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    for (const name of [
      "UTC",
      "Europe/Berlin",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "America/St_Johns",
    ]) {
      process.env.TZ = name;
      const timeOf = minuteTimes(true);
      for (let at = 1_790_000_000; at < 1_790_000_000 + 400 * 86_400; at += 5003)
        expect(timeOf(at)).toBe(minuteTime(at, true));
    }
  } finally {
    process.env.TZ = zone;
  }
});

test("one event for several refused runs in a row counts them all", () => {
  const refused = (reason: string) => event({ kind: "refused", node: undefined, reason });
  const five = refusedOften("/n is not there (is its disk mounted?)", 5, NOW);
  expect(five).toMatch(/mounted\?\) \(5 runs in a row, until 2027-01-15T08:00:00Z\)$/);
  expect(refusedOften("once", 1, NOW)).toBe("once");
  expect(timesRefused([refused(five), refused("once"), event({ reason: five })])).toBe(6);
});
