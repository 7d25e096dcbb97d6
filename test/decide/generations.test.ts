import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { BECOMES } from "../../src/decide/lifecycle/becomes.ts";
import { settle } from "../../src/decide/lifecycle/settle.ts";
import { massFailure } from "../../src/decide/mass-failure.ts";
import type { NodeBinary } from "../../src/model/host.ts";
import type { Node, NodeId } from "../../src/model/node.ts";
import type { Observation, ProcessUsage, Reading } from "../../src/model/observation.ts";
import { NO_READINGS } from "../../src/model/readings.ts";
import { aConfig, aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

const NEW: NodeBinary = {
  path: "/p/ant-node",
  runnable: undefined,
  sha256: undefined,
  software: "ant-node",
  version: "0.14.2",
  flags: new Set(),
};
const config = { replace_generation: true };
const types = (plan: readonly { readonly type: string }[]) => plan.map(({ type }) => type);
const snapshot = (nodes: readonly Node[], changes: Parameters<typeof aSnapshot>[0] = {}) =>
  aSnapshot({
    ...changes,
    config: { ...config, ...changes.config },
    nodes,
    rest: { binary: NEW, ...changes.rest },
  });

describe("exchanging the generation", () => {
  test("the youngest node of the old generation goes first, replaced by a new one with the next number", () => {
    const plan = decide(snapshot([aNode(1), aNode(2)]));
    expect(plan).toMatchObject([{ type: "replace", node: 2 as NodeId, by: 3 as NodeId }]);
    expect(plan[0].reason).toMatch(/age of 30\.0 days and an unknown number of records are lost/);
  });

  test("never happens without the setting, under pressure, or while another exchange is under way", () => {
    const nodes = [aNode(1), aNode(2)];
    expect(types(decide(snapshot(nodes, { config: { replace_generation: false } })))).not.toContain(
      "replace",
    );
    expect(types(decide(snapshot(nodes, { metrics: { used_mem_percent: 99 } })))).not.toContain("replace");
    const starting = aNode(3, { software: "ant-node", status: "RESTARTING", status_since: NOW - 10 });
    expect(types(decide(snapshot([...nodes, starting])))).not.toContain("replace");
  });

  test("never exceeds max_concurrent_upgrades", () => {
    const many = { max_concurrent_operations: 9, max_concurrent_starts: 9, max_concurrent_removals: 9 };
    const nodes = [1, 2, 3, 4].map((id) => aNode(id));
    const plan = decide(snapshot(nodes, { config: { ...many, max_concurrent_upgrades: 2 } }));
    expect(types(plan)).toEqual(["replace", "replace"]);
  });

  test("leaves disabled nodes and nodes of the new generation alone", () => {
    const nodes = [
      aNode(1, { status: "DISABLED", wanted: "stopped", pid: undefined }),
      aNode(2, { software: "ant-node" }),
    ];
    expect(types(decide(snapshot(nodes)))).not.toContain("replace");
  });

  test("does not happen when the disk has no room for the new node", () => {
    const full = { used_hd_percent: 74, free_hd_bytes: 1e9 };
    expect(types(decide(snapshot([aNode(1)], { metrics: full, rest: { binary: NEW } })))).toEqual(["idle"]);
  });
});

const usage = (changes: Partial<ProcessUsage> = {}): ProcessUsage => ({
  uptime: 100,
  mem_bytes: 50 * 1024 ** 2,
  cpu_seconds: 10,
  replaced: false,
  ...changes,
});
const answer = (changes: Partial<Extract<Reading, { answered: true }>> = {}): Reading => ({
  answered: true,
  readings: NO_READINGS,
  version: undefined,
  peer_id: undefined,
  ...changes,
});
const running = (changes: Partial<Observation> = {}): Observation => ({
  process: { state: "running", process: { pid: 1001, pid_started: 5001, boot_id: "boot" } },
  reading: answer(),
  folder: { is: "there", own_disk: false, has_key: true },
  ended_because: undefined,
  shown_on: 23_001,
  ...changes,
});
const look = (node: Node, seen: Observation) => settle(node, seen, aConfig(), NOW);

describe("a node whose process is gone", () => {
  const gone = { process: { state: "stopped" }, reading: undefined } as const;

  test("is stopped, with one more crash", () => {
    expect(look(aNode(1, { crashes: 1 }), running(gone))).toMatchObject({ status: "STOPPED", crashes: 2 });
  });

  test("has not crashed if it ran before the machine booted: it did not come back", () => {
    for (const status of ["RUNNING", "RESTARTING", "UPGRADING"] as const) {
      const node = look(aNode(1, { status, crashes: 1 }), running({ ...gone, ended_by_reboot: true }));
      expect(node).toMatchObject({ status: "STOPPED", crashes: 1, wanted: "running", pid: undefined });
      expect(node.problem).toBe("it did not come back when the machine booted");
    }
  });

  test("keeps the supervisor's current explanation after a reboot", () => {
    const because = "exit code 203, its program cannot be run";
    const seen = running({ ...gone, process: { state: "stopped", because }, ended_by_reboot: true });
    expect(look(aNode(1), seen)).toMatchObject({ crashes: 0, problem: because });
  });
});

describe("what the kernel knows about a silent node", () => {
  test("includes memory, uptime, and its share of a processor over its life, then since the last survey", () => {
    const first = look(aNode(1), running({ usage: usage() }));
    expect(first).toMatchObject({ uptime: 100, mem: 5000, cpu: 1000, cpu_seconds: 10 });
    const second = look(first, running({ usage: usage({ uptime: 160, cpu_seconds: 40 }) }));
    expect(second).toMatchObject({ uptime: 160, cpu: 5000 });
  });

  test("starts from zero for a new process", () => {
    const node = aNode(1, { uptime: 5000, cpu_seconds: 900 });
    expect(look(node, running({ usage: usage() })).cpu).toBe(1000);
  });

  test("gives way to what the node itself reports", () => {
    const told = { ...NO_READINGS, uptime: 7, mem: 1, cpu: 2 };
    expect(look(aNode(1), running({ reading: answer({ readings: told }), usage: usage() }))).toMatchObject(
      told,
    );
  });

  test("is unknown, not zero, when it is not reported", () => {
    const node = look(aNode(1), running({ usage: usage({ mem_bytes: undefined, cpu_seconds: undefined }) }));
    expect(node.mem).toBeUndefined();
    expect(node.cpu).toBeUndefined();
  });
});

describe("a node that upgraded itself", () => {
  const gone: Observation = {
    process: { state: "stopped" },
    reading: undefined,
    folder: { is: "there", own_disk: false, has_key: true },
    shown_on: 23_001,
    ended_because: "an old error",
    upgraded_to: { version: "0.14.3" },
  };

  test("has not crashed, has the new version, and is meant to run", () => {
    expect(look(aNode(1, { software: "ant-node", version: "0.14.2" }), gone)).toMatchObject({
      status: "STOPPED",
      crashes: 0,
      version: "0.14.3",
      wanted: "running",
      upgraded_itself: true,
    });
  });

  test("is started at once even if all slots are taken, and does not count toward a mass failure", () => {
    const down = [1, 2, 3, 4, 5].map((id) =>
      aStoppedNode(id, { wanted: "running", upgraded_itself: true, status_since: NOW - 5 }),
    );
    const busy = aNode(9, { status: "RESTARTING", status_since: NOW - 5 });
    const s = aSnapshot({ nodes: [...down, busy] });
    expect(massFailure(s)).toBeUndefined();
    expect(types(decide(s))).toEqual(["start", "start", "start", "start", "start"]);
  });

  test("still has to prove itself after an interrupted upgrade by wnm, and starts at once", () => {
    const upgrading = aNode(1, { status: "UPGRADING", version: "0.14.2", previous_version: "0.14.2" });
    const down = look(upgrading, gone);
    expect(down).toMatchObject({ version: "0.14.3", previous_version: "0.14.2", wanted: "running" });
    expect(types(decide(aSnapshot({ nodes: [down] })))).toEqual(["start"]);
    const failed = BECOMES.failedToStart(BECOMES.starting(down, NOW), "exit code 3", NOW);
    expect(types(decide(aSnapshot({ nodes: [failed] })))).toEqual(["rollback"]);
  });

  test("continues with its old program after an interrupted upgrade, and is upgraded again", () => {
    const cut_short = look(
      aNode(1, {
        status: "UPGRADING",
        status_since: NOW - 9000,
        version: "0.4.17",
        previous_version: "0.4.17",
      }),
      running({ reading: answer({ version: "0.4.17" }) }),
    );
    expect(cut_short).toMatchObject({ status: "RUNNING", version: "0.4.17", previous_version: "0.4.17" });
    const binary = { ...NEW, software: "antnode", version: "0.4.18" } as const;
    const s = aSnapshot({ nodes: [cut_short], rest: { binary, upgrades: true } });
    expect(types(decide(s))).toEqual(["upgrade"]);
    const killed = look(
      { ...cut_short, pid: 7 },
      {
        ...gone,
        process: { state: "stopped" },
        ended_because: undefined,
        shown_on: 23_001,
        upgraded_to: undefined,
      },
    );
    expect(types(decide(aSnapshot({ nodes: [killed] })))).not.toContain("rollback");
  });

  test("gets its old program back if the upgrade was interrupted and the node does not start", () => {
    const cut_short = aStoppedNode(1, { version: "0.4.17", previous_version: "0.4.17", wanted: "running" });
    const failed = BECOMES.failedToStart(BECOMES.starting(cut_short, NOW), "exit code 3", NOW);
    const later = { ...failed, status_since: NOW - 3600 };
    expect(decide(aSnapshot({ nodes: [later] }))).toMatchObject([{ type: "rollback", to: "0.4.17" }]);
  });

  test("does not repeat a failed rollback at once, so that later runs can make room on a full disk", () => {
    const node = aStoppedNode(1, { version: "0.4.18", previous_version: "0.4.17", wanted: "running" });
    const failed = BECOMES.failedToStart(node, "no space left", NOW);
    const bad_versions = new Map([["0.4.18", "it died"]]);
    const types_at = (status_since: number) =>
      types(decide(aSnapshot({ nodes: [{ ...failed, status_since }], rest: { bad_versions } })));
    expect(types_at(NOW)).not.toContain("rollback");
    expect(types_at(NOW - 3600)).toEqual(["rollback"]);
  });

  test("stays stopped if its operator stopped it", () => {
    const node = aNode(1, { wanted: "stopped" });
    expect(look(node, gone)).toMatchObject({ status: "STOPPED", upgraded_itself: false });
  });

  test("is simply running if its supervisor has started it again", () => {
    const node = aStoppedNode(1, { wanted: "running", upgraded_itself: true, problem: "it ended" });
    expect(look(node, running())).toMatchObject({
      status: "RUNNING",
      upgraded_itself: false,
      problem: undefined,
    });
  });
});

test("a dead node whose folder is back is no longer dead", () => {
  const dead = aStoppedNode(1, { status: "DEAD", wanted: "running" });
  const seen: Observation = {
    process: { state: "stopped" },
    reading: undefined,
    folder: { is: "there", own_disk: false, has_key: true },
    ended_because: undefined,
    shown_on: 23_001,
  };
  expect(look(dead, seen).status).toBe("STOPPED");
  expect(look(dead, running()).status).toBe("RUNNING");
  expect(look(dead, { ...seen, folder: { is: "gone" } }).status).toBe("DEAD");
});

test("a problem in the log is reported; a node that has come up is no longer reported as coming up", () => {
  const coming = look(aNode(1), running({ reading: answer({ ready: false }) }));
  expect(coming.problem).toContain("looking for peers");
  expect(look(coming, running({ reading: answer({ ready: true }) })).problem).toBeUndefined();
  expect(look(aNode(1), running({ reading: answer({ ready: true, trouble: "disk" }) })).problem).toContain(
    "disk",
  );
});

test("versions of different generations are not compared", () => {
  const s = aSnapshot({ nodes: [aNode(1)], rest: { binary: NEW, upgrades: true } });
  expect(types(decide(s))).not.toContain("upgrade");
});
