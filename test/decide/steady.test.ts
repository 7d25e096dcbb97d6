import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { deletionOf, diskFindings } from "../../src/decide/disk.ts";
import { forecast } from "../../src/decide/forecast.ts";
import { historyAfterAdds } from "../../src/decide/history.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { massFailure } from "../../src/decide/mass-failure.ts";
import type { History, Quarter, Sample } from "../../src/model/history.ts";
import { NO_HISTORY } from "../../src/model/history.ts";
import type { HostMetrics } from "../../src/model/host.ts";
import type { NodeId } from "../../src/model/node.ts";
import type { Observation } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aConfig, aNode, aSnapshot, aStoppedNode, NOW, quietMetrics } from "../support/builders.ts";

type Metrics = Partial<HostMetrics>;

/** Samples of the last minutes; the last one is now. */
const minutes = (list: readonly (Metrics | undefined)[], nodes = 3): readonly Sample[] =>
  list.flatMap((metrics, i) =>
    metrics === undefined
      ? []
      : { ...quietMetrics, ...metrics, nodes, taken_at: NOW - (list.length - 1 - i) * 60 },
  );
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);
const quarters = (count: number, metrics: Metrics, nodes: number): readonly Quarter[] =>
  times(count, metrics).map((one, i) => ({
    ...quietMetrics,
    ...one,
    nodes,
    began_at: NOW - (count - i) * 900,
  }));

/** A snapshot of a colony that decides by windows; the current measurement is the last of the minutes. */
function steady(
  list: readonly (Metrics | undefined)[],
  changes: Parameters<typeof aSnapshot>[0] & { readonly history?: Partial<History> } = {},
) {
  const { history, ...others } = changes;
  return aSnapshot({
    nodes: [aNode(1), aNode(2), aNode(3)],
    ...others,
    metrics: { ...list.at(-1), ...others.metrics },
    config: { reaction: "steady", ...others.config },
    rest: { history: { ...NO_HISTORY, samples: minutes(list), ...history }, ...others.rest },
  });
}
const plan = (...args: Parameters<typeof steady>) =>
  decide(steady(...args)).map((action) => ("node" in action ? `${action.type} ${action.node}` : action.type));
const reason = (...args: Parameters<typeof steady>) => decide(steady(...args))[0].reason;

const busy = { used_cpu_percent: 83 };
const calm = { used_cpu_percent: 20 };

describe("processor and load", () => {
  test("stop a node when eleven of the last twelve minutes were above the threshold, and the reason says so", () => {
    expect(plan([calm, ...times(11, busy)])).toEqual(["stop 3"]);
    expect(plan([...times(6, busy), calm, ...times(5, busy)])).toEqual(["stop 3"]);
    expect(reason(times(12, busy))).toBe("cpu 83 % > cpu_remove 70 % in 12 of 12 minutes");
    expect(plan([calm, calm, ...times(10, busy)])).toEqual(["idle"]);
    expect(reason([calm, calm, ...times(10, busy)])).toContain(
      "cpu 83 % > cpu_remove 70 % in 10 of 12 minutes; a node stops at 11 of 12, in 1 min at the earliest",
    );
  });

  test("stop no node while the current minute is below it, or for minutes that were not measured", () => {
    expect(plan([...times(11, busy), calm])).toEqual(["idle"]);
    expect(plan([undefined, undefined, ...times(10, busy)])).toEqual(["idle"]);
    expect(plan([...times(2, { used_cpu_percent: undefined }), ...times(10, busy)])).toEqual(["idle"]);
  });

  test("use windows of twelve runs in a colony that runs every five minutes", () => {
    const samples = times(12, busy).map((metrics, i) => ({
      ...quietMetrics,
      ...metrics,
      nodes: 3,
      taken_at: NOW - (11 - i) * 300,
    }));
    expect(plan([busy], { history: { samples } })).toEqual(["stop 3"]);
  });

  test("count only minutes since the last stop took effect", () => {
    const stopped = (ago: number) => ({
      nodes: [aNode(1), aNode(2), aStoppedNode(3, { status_since: NOW - ago })],
    });
    expect(plan(times(12, busy), stopped(299))).toEqual(["idle"]);
    expect(plan(times(12, busy), stopped(600))).toEqual(["idle"]);
    expect(plan(times(12, busy), stopped(670))).toEqual(["stop 2"]);
  });

  test("wait longer after a stop in a colony of hundreds, except for memory", () => {
    const of = (count: number, ago: number, metrics: Metrics) => {
      const up = Array.from({ length: count }, (_, i) => aNode(i + 1));
      const nodes = [...up, aStoppedNode(count + 1, { status_since: NOW - ago })];
      return plan(times(15, metrics), { nodes, config: { node_cap: 500 } });
    };
    expect(of(200, 899, busy)).toEqual(["idle"]);
    expect(of(200, 900, busy)).toEqual(["stop 200"]);
    expect(of(199, 800, busy)).toEqual(["stop 199"]);
    expect(of(200, 400, { used_mem_percent: 80 })).toEqual(["stop 200"]);
  });

  test("stop no node while the load is falling", () => {
    const falling = [...times(9, { used_cpu_percent: 95 }), ...times(3, { used_cpu_percent: 80 })];
    expect(plan(falling)).toEqual(["idle"]);
    const load = { load_average_1: 5, load_average_5: 6 };
    expect(plan(times(12, load))).toEqual(["idle"]);
    expect(plan(times(12, { ...load, load_average_1: 5.5 }))).toEqual(["stop 3"]);
  });

  test("hold back growth but stop no node for the five and fifteen minute load averages alone", () => {
    const past = { load_average_1: 1, load_average_5: 5, load_average_15: 6 };
    expect(plan(times(10, past))).toEqual(["idle"]);
    expect(reason(times(10, past))).toContain("load_average_15 6 > max_load_average_allowed 4");
  });

  test("stop a node at once when all three load averages are far above the threshold", () => {
    const far = { load_average_1: 9, load_average_5: 9, load_average_15: 9 };
    expect(plan([far])).toEqual(["stop 3"]);
    expect(plan([{ ...far, load_average_15: 7 }])).toEqual(["idle"]);
  });

  test("stop no node while a tenth of the nodes, or the machine, has just started", () => {
    const nodes = [aNode(1), aNode(2), aNode(3, { status_since: NOW - 1700 })];
    expect(plan(times(12, busy), { nodes })).toEqual(["idle"]);
    expect(plan(times(12, { ...busy, system_start: NOW - 1700 }))).toEqual(["idle"]);
    const used_mem_percent = 80;
    expect(plan(times(10, { used_mem_percent }), { nodes })).toEqual(["stop 2"]);
  });

  test("stop a node after an hour above the threshold, even while other nodes keep dying", () => {
    const nodes = [aNode(1), aNode(2), aNode(3, { died_at: NOW - 60, crashes: 1 })];
    const after = (count: number, metrics: Metrics) =>
      plan(times(12, busy), { nodes, history: { quarters: quarters(count, metrics, 3) } });
    expect(after(4, busy)).toEqual(["stop 3"]);
    expect(after(3, busy)).toEqual(["idle"]);
    expect(after(4, calm)).toEqual(["idle"]);
    const long_ago = quarters(8, busy, 3).slice(0, 4);
    expect(plan(times(12, busy), { nodes, history: { quarters: long_ago } })).toEqual(["idle"]);
  });
});

describe("memory", () => {
  test("stops a node when two of three minutes were above the threshold", () => {
    expect(plan([{}, { used_mem_percent: 80 }, { used_mem_percent: 80 }])).toEqual(["stop 3"]);
    expect(plan([{}, {}, { used_mem_percent: 80 }])).toEqual(["idle"]);
  });

  test("stops a node at once when it is above twice a low threshold", () => {
    const low = { config: { mem_less_than: 20, mem_remove: 30 } };
    expect(plan([{ used_mem_percent: 61 }], low)).toEqual(["stop 3"]);
    expect(plan([{ used_mem_percent: 59 }], low)).toEqual(["idle"]);
  });

  test("stops a node at once above 95 %, even a starting one, just after another stop, or while many nodes fail", () => {
    const mem = { used_mem_percent: 96 };
    expect(plan([mem])).toEqual(["stop 3"]);
    const starting = aNode(4, { status: "RESTARTING", status_since: NOW - 5 });
    const resting = aStoppedNode(5, { status_since: NOW - 60 });
    expect(plan([mem], { nodes: [aNode(1), starting, resting] })).toEqual(["stop 4"]);
    const silent = [1, 2, 3, 4, 5].map((id) => aNode(id, { silent_since: NOW - 60 }));
    expect(massFailure({ nodes: silent })).toBeDefined();
    expect(plan([mem], { nodes: silent })).toEqual(["stop 5"]);
    const leaving = aStoppedNode(6, { status: "REMOVING", removal_cause: "needed", status_since: NOW });
    expect(plan([mem], { nodes: [aNode(1), leaving], config: { node_cap: 1 } })).toEqual(["stop 1"]);
    expect(plan([mem], { config: { mem_remove: 97 } })).toEqual(["idle"]);
  });

  test("finishes an interrupted stop above 95 % instead of stopping another node, and does not wait for a failed one", () => {
    const mem = { used_mem_percent: 96 };
    const cut_short = aNode(1, { wanted: "stopped" });
    expect(plan([mem], { nodes: [cut_short, aNode(2), aNode(3)] })).toEqual(["stop 1"]);
    const both = [cut_short, aNode(2, { wanted: "stopped" }), aNode(3)];
    expect(plan([mem], { nodes: both })).toEqual(["stop 1", "stop 2"]);
    const failed = aNode(1, { wanted: "stopped", failures: 1, failed_action: "stop", failed_at: NOW - 60 });
    expect(plan([mem], { nodes: [failed, aNode(2), aNode(3)] })).toEqual(["stop 3"]);
  });
});

describe("growing", () => {
  test("waits for ten good minutes in a row; a missing minute is not good", () => {
    expect(plan(times(10, calm))).toEqual(["add 4"]);
    expect(plan(times(9, calm))).toEqual(["idle"]);
    expect(reason(times(4, calm))).toContain(
      "the colony grows after 10 minutes in a row below every line for growing, 4 so far",
    );
    expect(plan([calm, undefined, ...times(9, calm)])).toEqual(["idle"]);
    expect(plan([...times(9, calm), { used_mem_percent: undefined }])).toEqual(["idle"]);
    expect(plan([{ used_cpu_percent: 55 }, ...times(9, calm)])).toEqual(["idle"]);
  });

  test("does not wait for the first node of a new colony, but adds only one, and only if the machine is calm now", () => {
    const empty = { nodes: [], config: { max_concurrent_starts: 5, max_concurrent_operations: 5 } };
    expect(plan([calm], empty)).toEqual(["add 1"]);
    expect(plan([{ used_cpu_percent: undefined }], empty)).toEqual(["idle"]);
    expect(plan([{ load_average_15: 100 }], empty)).toEqual(["idle"]);
    expect(plan([calm], { ...empty, history: { quarters: quarters(1, {}, 0) } })).toEqual(["idle"]);
  });

  test("considers what the last day would have been with one more node", () => {
    const over = quarters(20, { used_cpu_percent: 65 }, 3);
    const under = quarters(76, { used_cpu_percent: 20 }, 3).map((one) => ({
      ...one,
      began_at: one.began_at - 20 * 900,
    }));
    expect(plan(times(10, calm), { history: { quarters: [...under, ...over] } })).toEqual(["idle"]);
    expect(plan(times(10, calm), { history: { quarters: [...under, ...over.slice(4)] } })).toEqual(["add 4"]);
  });

  test("does not restart a stopped node within half an hour, whatever delay_restart is", () => {
    const resting = (ago: number) => ({ nodes: [aNode(1), aStoppedNode(2, { status_since: NOW - ago })] });
    expect(plan(times(10, calm), { ...resting(1799), config: { delay_restart: 60 } })).toEqual(["idle"]);
    expect(plan(times(10, calm), resting(1800))).toEqual(["start 2"]);
    expect(plan(times(10, calm), { ...resting(1800), config: { delay_restart: 3600 } })).toEqual(["idle"]);
  });

  test("waits until the youngest node has come up, and increasingly long while adding fails", () => {
    for (const changes of [{ connected_peers: 0 }, { silent_since: NOW - 60 }, { crashes: 1 }])
      expect(plan(times(10, calm), { nodes: [aNode(1), aNode(2, changes)] })).toEqual(["idle"]);
    expect(plan(times(10, calm), { nodes: [aNode(1, { connected_peers: 0 }), aNode(2)] })).toEqual(["add 3"]);
    // A failing node that held data is a single case next to healthy ones, but not if a second node is in trouble.
    const down = { status: "STOPPED", pid: undefined, crashes: 9, status_since: NOW - 60 } as const;
    expect(plan(times(10, calm), { nodes: [aNode(1), aNode(2, down)] })).toEqual(["idle"]);
    for (const changes of [
      { ...down, records: 5 },
      { ...down, data_bytes: 5e9 },
      { crashes: 3, records: 5 },
    ])
      expect(plan(times(10, calm), { nodes: [aNode(1), aNode(2, changes)] })).toEqual(["add 3"]);
    const both = [aNode(1), aNode(2, { connected_peers: 0 }), aNode(3, { ...down, records: 5 })];
    expect(plan(times(10, calm), { nodes: both })).toEqual(["idle"]);
    const action = { type: "add", node: 1 as NodeId, reason: "" } as const;
    const once = historyAfterAdds(NO_HISTORY, [{ action, ok: false, error: "it ended" }], NOW - 59);
    const failed = { failed_adds: once?.failed_adds ?? 0, add_failed_at: once?.add_failed_at };
    expect(plan(times(10, calm), { history: failed })).toEqual(["idle"]);
    expect(reason(times(10, calm), { history: failed })).toContain("is tried again in 1 s");
    expect(plan(times(10, calm), { history: { ...failed, add_failed_at: NOW - 60 } })).toEqual(["add 4"]);
    expect(historyAfterAdds({ ...NO_HISTORY, ...failed }, [{ action, ok: true }], NOW)).toEqual(NO_HISTORY);
  });
});

describe("nodes that ran before an outage", () => {
  const down = Array.from({ length: 20 }, (_, i) => aStoppedNode(i + 1, { wanted: "running", crashes: 1 }));

  test("come back according to headroom: half of it, at three times the cost of a node", () => {
    const history = {
      quarters: quarters(96, { used_cpu_percent: 40, used_mem_percent: 20, load_average_1: 1 }, 20),
    };
    // 10 of 70 % are in use: half of the rest supports five nodes of three times two percent.
    expect(plan([{ used_cpu_percent: 10 }], { nodes: down, history })).toHaveLength(5);
    const starting = aNode(21, { status: "RESTARTING", status_since: NOW - 20 });
    expect(plan([{ used_cpu_percent: 10 }], { nodes: [...down, starting], history })).toHaveLength(4);
  });

  test("come back one at a time while the cost of a node is unknown", () => {
    expect(plan([calm], { nodes: down })).toHaveLength(1);
  });
});

describe("a node that is starting", () => {
  const read = (changes: object) => ({
    process: { state: "running", process: { pid: 1001, pid_started: 5001, boot_id: "boot" } } as const,
    reading: {
      answered: true,
      readings: { ...NO_READINGS, connected_peers: 0 },
      version: undefined,
      peer_id: undefined,
      ...changes,
    } as const,
    folder: undefined,
    ended_because: undefined,
    shown_on: 23_001,
  });
  const node = aNode(1, { status: "RESTARTING", status_since: NOW - 60 });
  const status = (changes: object, config = {}) => settle(node, read(changes), aConfig(config), NOW).status;

  test("has started once it has peers or reports that it is ready, and after delay_start at the latest", () => {
    expect(status({})).toBe("RESTARTING");
    expect(status({ readings: { ...NO_READINGS, connected_peers: 2 } })).toBe("RUNNING");
    expect(status({ ready: true })).toBe("RUNNING");
    expect(status({ ready: false, readings: { ...NO_READINGS, connected_peers: 2 } })).toBe("RESTARTING");
    expect(status({}, { delay_start: 60 })).toBe("RUNNING");
    expect(status({ ready: true }, { reaction: "immediate" })).toBe("RESTARTING");
  });
});

describe("a node that its supervisor restarts", () => {
  const running = (pid: number, boot_id = "boot", version?: string) => ({
    process: { state: "running", process: { pid, pid_started: 5001, boot_id } } as const,
    reading: {
      answered: true,
      readings: NO_READINGS,
      version,
      peer_id: undefined,
    } as const,
    folder: undefined,
    ended_because: undefined,
    shown_on: 23_001,
  });
  const judge = (node: ReturnType<typeof aNode>, seen: Observation) => settle(node, seen, aConfig(), NOW);

  test("has died once, unless after a reboot, a version change of its own, or a start by wnm", () => {
    expect(judge(aNode(1), running(7))).toMatchObject({
      status: "RUNNING",
      crashes: 1,
      died_at: NOW,
      pid: 7,
    });
    expect(judge(aNode(1), running(1001))).toMatchObject({ crashes: 0, died_at: undefined });
    expect(judge(aNode(1), running(7, "another boot"))).toMatchObject({ crashes: 0, pid: 7 });
    expect(judge(aNode(1), { ...running(7), ended_by_reboot: true })).toMatchObject({ crashes: 0, pid: 7 });
    expect(judge(aNode(1), running(7, "boot", "0.4.18"))).toMatchObject({ crashes: 0, version: "0.4.18" });
    expect(judge(aNode(1, { pid: undefined }), running(7))).toMatchObject({ crashes: 0, pid: 7 });
  });

  test("has not died when a script that wnm started hands over to the real program", () => {
    const starting = { status: "RESTARTING", status_since: NOW - 500 } as const;
    expect(judge(aNode(1, starting), running(7))).toMatchObject({ crashes: 0, died_at: undefined, pid: 7 });
    expect(judge(aNode(1, { status_since: NOW - 299 }), running(7))).toMatchObject({ crashes: 0, pid: 7 });
    expect(judge(aNode(1, { status_since: NOW - 300 }), running(7))).toMatchObject({ crashes: 1 });
    const supervised = { ...starting, manager_type: "systemd+user" } as const;
    expect(judge(aNode(1, supervised), running(7))).toMatchObject({ crashes: 1, died_at: NOW });
  });

  test("keeps running up to five times if other nodes die and start with it; then each is held", () => {
    const died = (id: number, crashes: number, ago: number, uptime = 20) =>
      aNode(id, { crashes, died_at: NOW - ago, uptime });
    const of = (crashes: number, ago = 0, uptime = 30) =>
      plan([calm], { nodes: [aNode(1), died(2, crashes, 0), died(3, crashes, ago, uptime)] });
    expect(of(2)).toEqual(["idle"]);
    expect(of(5, 60)).toEqual(["idle"]);
    expect(of(5, 61)).toEqual(["hold 2", "hold 3"]);
    expect(of(5, 0, 31)).toEqual(["hold 2", "hold 3"]);
    expect(of(6)).toEqual(["hold 2", "hold 3"]);
    const few = [4, 5, 6].map((id) => aNode(id));
    expect(plan([calm], { nodes: [...few, died(2, 2, 0), died(3, 2, 0)] })).toEqual(["hold 2", "hold 3"]);
  });

  test("prevents neither growth nor a new version with its first death", () => {
    const grown = { connected_peers: 9, died_at: NOW - 3000 };
    expect(plan(times(10, calm), { nodes: [aNode(1), aNode(2, { ...grown, crashes: 1 })] })).toEqual([
      "add 3",
    ]);
    expect(plan(times(10, calm), { nodes: [aNode(1), aNode(2, { ...grown, crashes: 2 })] })).toEqual([
      "idle",
    ]);
    const tried = (crashes: number) =>
      aNode(2, {
        status: "UPGRADING",
        previous_version: "0.4.16",
        crashes,
        died_at: NOW - 100,
        status_since: NOW - 299,
      });
    expect(plan([calm], { nodes: [aNode(1), tried(1)] })).toEqual(["idle"]);
    expect(plan([calm], { nodes: [aNode(1), tried(2)] })).toEqual(["rollback 2"]);
    const judged = judge({ ...tried(1), pid: 7, status_since: NOW - 1000 }, running(7));
    expect(judged.status).toBe("UPGRADING");
  });

  test("waits as long for its next try as any node that crashes", () => {
    const died = (crashes: number, ago: number) => aNode(3, { crashes, died_at: NOW - ago });
    const of = (node: ReturnType<typeof aNode>) => plan([calm], { nodes: [aNode(1), node] });
    expect(of(died(1, 0))).toEqual(["idle"]);
    expect(of(died(2, 0))).toEqual(["hold 3"]);
    expect(of(died(2, 60))).toEqual(["idle"]);
    expect(of(died(4, 299))).toEqual(["hold 3"]);
    expect(of(died(7, 3599))).toEqual(["hold 3"]);
  });

  test("has recovered an hour after its last death", () => {
    const after = (ago: number) => judge(aNode(1, { crashes: 3, died_at: NOW - ago }), running(1001));
    expect(after(3599)).toMatchObject({ crashes: 3 });
    expect(after(3600)).toMatchObject({ crashes: 0, died_at: undefined });
  });
});

describe("a mass failure", () => {
  const silent = (ago: number) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((id) => aNode(id, { silent_since: NOW - ago - id }));

  test("lasts until the nodes are back, however long that takes", () => {
    for (const ago of [60, 3700, 86_400]) {
      expect(massFailure({ nodes: silent(ago) })).toContain("8 of 8 nodes went bad together");
      expect(plan(times(10, calm), { nodes: silent(ago), config: { node_cap: 8 } })).toEqual(["idle"]);
    }
  });

  test("does not include nodes that went bad at different times", () => {
    const nodes = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => aNode(id, { silent_since: NOW - id * 4000 }));
    expect(massFailure({ nodes })).toBeUndefined();
  });
});

describe("a full disk", () => {
  const full = { used_hd_percent: 92, total_hd_bytes: 1e12, free_hd_bytes: 8e10 };
  const long = quarters(8, { used_hd_percent: 92 }, 3);
  const held = (bytes: number) => new Map([1, 2, 3].map((id) => [id as NodeId, bytes] as const));
  const of = (bytes: number, history: Partial<History> = { quarters: long }, metrics: Metrics = full) =>
    steady(times(10, metrics), { history, rest: { disk_use: held(bytes) } });
  const planned = (...args: Parameters<typeof of>) => {
    // `rest` of the snapshot replaces the history that `steady` creates.
    const s = of(...args);
    return decide(s).map((action) => ("node" in action ? `${action.type} ${action.node}` : action.type));
  };

  test("costs the youngest node only when it has lasted and the nodes hold twice the excess", () => {
    // 2 % of a terabyte are too much: the three have to hold 40 GB.
    expect(planned(14e9)).toEqual(["remove 3"]);
    expect(planned(13e9)).toEqual(["idle"]);
    expect(planned(14e9, { quarters: long.slice(2) })).toEqual(["idle"]);
    expect(planned(14e9, {})).toEqual(["idle"]);
    expect(diskFindings(of(14e9))).toEqual([]);
    expect(diskFindings(of(13e9))).toMatchObject([{ key: "disk-full", severity: "bad" }]);
    expect(diskFindings(of(13e9, {}))).toEqual([]);
  });

  test("costs a node without waiting when it is almost completely full", () => {
    const brim = { used_hd_percent: 98.5, total_hd_bytes: 1e12, free_hd_bytes: 1.5e10 };
    expect(planned(60e9, {}, brim)).toEqual(["remove 3"]);
    expect(planned(50e9, {}, brim)).toEqual(["idle"]);
  });

  test("costs no further node if the last deletion did not help, or before its effect can be seen", () => {
    const after = (ago: number, free_hd_bytes: number) => ({
      quarters: long,
      deletion: { deleted_at: NOW - ago, free_hd_bytes, data_bytes: 14e9 },
    });
    expect(planned(30e9, after(3600, 7.2e10))).toEqual(["remove 3"]);
    expect(planned(30e9, after(3600, 8e10))).toEqual(["idle"]);
    expect(planned(30e9, after(299, 7.2e10))).toEqual(["idle"]);
    expect(diskFindings(of(30e9, after(3600, 8e10)))[0]?.sentence).toContain("as full as before");
    const now = [{ type: "remove", node: 3 as NodeId, when: "now", cause: "needed", reason: "" } as const];
    expect(deletionOf(of(14e9), now)).toEqual({ deleted_at: NOW, free_hd_bytes: 8e10, data_bytes: 14e9 });
    expect(deletionOf(of(14e9), [])).toBeUndefined();
  });

  test("costs no node on another disk", () => {
    const s = of(20e9);
    const nodes = [aNode(1), aNode(2, { own_disk: true }), aNode(3, { root_dir: "/other/antnode0003" })];
    expect(decide({ ...s, nodes, disk_use: held(50e9) })[0]).toMatchObject({ type: "remove", node: 1 });
  });
});

describe("the forecast", () => {
  test("names every node that a reason costs, and when a removal is due", () => {
    const s = steady(times(10, calm), { config: { node_cap: 1 } });
    expect(forecast(s)[0]).toContain("costs 2 of 3 nodes: antnode0003, antnode0002");
    const leaving = aStoppedNode(3, { status: "REMOVING", removal_cause: "needed", status_since: NOW - 60 });
    const waits = forecast(steady([calm], { nodes: [aNode(1), aNode(2), leaving], config: { node_cap: 1 } }));
    expect(waits[0]).toContain("costs 2 of 3 nodes: antnode0003, antnode0002");
    expect(waits).toContain("Waits: antnode0003 is deleted in 240 s if that is still needed then");
  });

  test("names every node that pressure may stop, and what a window is waiting for", () => {
    expect(forecast(steady(times(12, busy)))[0]).toContain(
      "that costs at most 3 of 3 nodes their process, while it lasts: antnode0003, antnode0002, antnode0001",
    );
    expect(forecast(steady([calm, busy]))).toEqual([
      "Waits: cpu 83 % > cpu_remove 70 % in 1 of 12 minutes; a node stops at 11 of 12, in 10 min at the earliest; " +
        "that costs at most 3 of 3 nodes their process: antnode0003, antnode0002, antnode0001",
    ]);
    // Immediate actions wait for no window.
    expect(forecast(steady([{ used_mem_percent: 96 }]))).toEqual([
      "mem 96 % > mem_remove 75 %, and above 95 % wnm does not wait; that costs at most 3 of 3 nodes their process, " +
        "while it lasts: antnode0003, antnode0002, antnode0001; one in each run",
    ]);
    // The first of these minutes leaves the window before it is full.
    expect(forecast(steady([busy, ...times(8, calm), busy]))[0]).toContain("in 10 min at the earliest");
  });

  test("says when a full disk will cost a node, or that no deletion would help", () => {
    const metrics = { used_hd_percent: 92, total_hd_bytes: 1e12, free_hd_bytes: 8e10 };
    const held = (bytes: number) => new Map([1, 2, 3].map((id) => [id as NodeId, bytes] as const));
    const of = (bytes: number) => {
      const s = steady(times(10, metrics), { history: { quarters: quarters(4, metrics, 3) } });
      const nodes = [aNode(1), aNode(2, { own_disk: true }), aNode(3)];
      return forecast({ ...s, nodes, disk_use: held(bytes) })[0];
    };
    expect(of(30e9)).toBe(
      "Waits: hd 92 % > hd_remove 90 %; a node is removed when that has lasted for two hours, in 60 min at the earliest, " +
        "or at 98 %; that costs at most 2 of 3 nodes their data: antnode0003, antnode0001",
    );
    // The sentence that says what is waited for does not repeat its first half.
    const waits = reason(times(10, metrics), { rest: { disk_use: held(30e9) } });
    expect(waits.split("hd 92 %")).toHaveLength(2);
    expect(of(1e9)).toContain("removing nodes would not help: its 2 nodes hold 2.00 GB");
    expect(of(1e9)).not.toContain("costs");
  });
});

test("adding waits increasingly long while it fails, even where a single measurement decides", () => {
  const failed = { ...NO_HISTORY, failed_adds: 3, add_failed_at: NOW - 10 };
  const [action] = decide(aSnapshot({ config: { node_cap: 2 }, rest: { history: failed } }));
  expect(action).toMatchObject({
    type: "idle",
    reason: expect.stringContaining("adding a node has failed 3 times in a row and is tried again in"),
  });
});
