import { describe, expect, test } from "bun:test";
import { decide } from "../../src/decide/decide.ts";
import { massFailure } from "../../src/decide/mass-failure.ts";
import type { Action } from "../../src/model/action.ts";
import type { NodeId } from "../../src/model/node.ts";
import { aNode, aSnapshot, aStoppedNode, NOW } from "../support/builders.ts";

/** The plan in short: which action on which node. */
const told = (plan: readonly Action[]) =>
  plan.map((action) => ("node" in action ? `${action.type} ${action.node}` : action.type));
const plan = (changes: Parameters<typeof aSnapshot>[0]) => told(decide(aSnapshot(changes)));
const reason = (changes: Parameters<typeof aSnapshot>[0]) => decide(aSnapshot(changes))[0].reason;

const busy = { used_cpu_percent: 83.14 };

describe("growing", () => {
  test("an empty, quiet machine gets its first node", () => {
    expect(plan({})).toEqual(["add 1"]);
  });

  test("a new node gets the lowest free number; a number in use elsewhere is skipped", () => {
    expect(plan({ nodes: [aNode(1), aNode(3)] })).toEqual(["add 2"]);
    expect(plan({ nodes: [aNode(1)], rest: { taken: new Set([2, 3] as NodeId[]) } })).toEqual(["add 4"]);
  });

  test("managers that never reuse numbers continue after the highest ever used", () => {
    expect(
      plan({ nodes: [aNode(2)], config: { highest_node_id_used: 7 }, rest: { ids: "never reuse" } }),
    ).toEqual(["add 8"]);
  });

  test("nodes stopped for load start, the oldest first, before a new one is added", () => {
    expect(plan({ nodes: [aStoppedNode(2, { born_at: 20 }), aStoppedNode(5, { born_at: 10 })] })).toEqual([
      "start 5",
    ]);
  });

  test("a node stopped for load waits delay_restart, and no node is added in its place", () => {
    const nodes = [aStoppedNode(1, { status_since: NOW - 599 })];
    expect(plan({ nodes, config: { delay_restart: 600 } })).toEqual(["idle"]);
    expect(reason({ nodes })).toContain("the last stop was 599 s ago < delay_restart 600 s");
    expect(plan({ nodes: [aStoppedNode(1, { status_since: NOW - 600 })] })).toEqual(["start 1"]);
  });

  test("at the cap no node is added, but a stopped node is started", () => {
    expect(plan({ nodes: [aNode(1), aNode(2)], config: { node_cap: 2 } })).toEqual(["idle"]);
    expect(plan({ nodes: [aNode(1), aStoppedNode(2)], config: { node_cap: 2 } })).toEqual(["start 2"]);
  });

  test("a missing measurement prevents growth and is named", () => {
    expect(plan({ metrics: { used_cpu_percent: undefined } })).toEqual(["idle"]);
    expect(reason({ metrics: { load_average_5: undefined } })).toContain(
      "load_average_5 could not be measured",
    );
  });

  test("a measurement at its threshold is not below it", () => {
    expect(plan({ metrics: { used_mem_percent: 60 }, config: { mem_less_than: 60 } })).toEqual(["idle"]);
    expect(reason({ metrics: { used_mem_percent: 60 } })).toContain("mem 60 % >= mem_less_than 60 %");
  });

  test("I/O counts only when one of its four limits is set", () => {
    const metrics = { hdio_read_bytes: 5_000_000 };
    expect(plan({ metrics })).toEqual(["add 1"]);
    expect(plan({ metrics, config: { hdio_read_less_than: 1000, hdio_read_remove: 9_000_000 } })).toEqual([
      "idle",
    ]);
  });

  test("slots allow several nodes at once, up to the cap", () => {
    const config = { max_concurrent_starts: 4, max_concurrent_operations: 4, node_cap: 3 };
    expect(plan({ config })).toEqual(["add 1", "add 2", "add 3"]);
  });

  test("with one slot, no node starts while another is starting", () => {
    expect(plan({ nodes: [aNode(1, { status: "RESTARTING", status_since: NOW - 10 })] })).toEqual(["idle"]);
  });

  test("a disk with less than crisis_bytes free gets no new node", () => {
    expect(plan({ metrics: { free_hd_bytes: 1_999_999_999 } })).toEqual(["idle"]);
  });

  test("no port goes beyond 65535", () => {
    const taken = new Set(Array.from({ length: 1535 }, (_, i) => (i + 1) as NodeId));
    expect(plan({ config: { port_start: 64, node_cap: 5000 }, rest: { taken } })).toEqual(["idle"]);
  });
});

describe("shedding", () => {
  test("pressure stops the youngest running node, and the reason gives both numbers", () => {
    const nodes = [aNode(1, { born_at: 1 }), aNode(2, { born_at: 9 }), aNode(3, { born_at: 5 })];
    expect(plan({ nodes, metrics: busy })).toEqual(["stop 2"]);
    expect(reason({ nodes, metrics: busy })).toBe("cpu 83.1 % > cpu_remove 70 %");
  });

  test("the reason says what a percentage is of, unless it is the machine's memory or the disk's bytes", () => {
    const metrics = { used_mem_percent: 96, mem_of: "the control group's limit of 400 bytes" };
    expect(reason({ nodes: [aNode(1)], metrics })).toContain(
      "mem 96 % of the control group's limit of 400 bytes > mem_remove",
    );
    const full = { used_hd_percent: 99, hd_of: "its inodes" };
    expect(reason({ metrics: full })).toContain("hd 99 % of its inodes > hd_remove 90 %");
  });

  test("of two equally young nodes, the one with the higher number is stopped", () => {
    expect(plan({ nodes: [aNode(1, { born_at: 7 }), aNode(2, { born_at: 7 })], metrics: busy })).toEqual([
      "stop 2",
    ]);
  });

  test("any of the three load averages above its threshold is pressure", () => {
    for (const name of ["load_average_1", "load_average_5", "load_average_15"] as const) {
      expect(plan({ nodes: [aNode(1)], metrics: { [name]: 4.1 } })).toEqual(["stop 1"]);
    }
  });

  test("a missing measurement never stops a node", () => {
    const metrics = {
      used_cpu_percent: undefined,
      used_mem_percent: undefined,
      used_hd_percent: undefined,
      load_average_1: undefined,
    };
    expect(plan({ nodes: [aNode(1)], metrics })).toEqual(["idle"]);
  });

  test("a full disk removes a stopped node at once, otherwise a running one after a delay", () => {
    const metrics = { used_hd_percent: 91 };
    const stopped = decide(aSnapshot({ nodes: [aNode(1), aStoppedNode(2)], metrics }));
    expect(stopped[0]).toMatchObject({ type: "remove", node: 2, when: "now" });
    const running = decide(aSnapshot({ nodes: [aNode(1)], metrics }));
    expect(running[0]).toMatchObject({ type: "remove", node: 1, when: "after delay" });
  });

  test("nodes above the cap are removed, and no more than the excess", () => {
    const config = { node_cap: 2, max_concurrent_removals: 9, max_concurrent_operations: 9 };
    expect(plan({ nodes: [aNode(1), aNode(2), aNode(3), aNode(4)], config })).toEqual([
      "remove 4",
      "remove 3",
    ]);
  });

  test("a node that was stopped a moment ago also waits for delay_remove", () => {
    const nodes = [aNode(1), aStoppedNode(2, { status_since: NOW - 299 })];
    const full = decide(aSnapshot({ nodes, metrics: { used_hd_percent: 91 } }));
    expect(full[0]).toMatchObject({ type: "remove", node: 2, when: "after delay" });
  });

  test("a removal for node_cap always waits, so that a mistake can be undone", () => {
    const over = decide(aSnapshot({ nodes: [aNode(1), aStoppedNode(2)], config: { node_cap: 1 } }));
    expect(over[0]).toMatchObject({ type: "remove", node: 2, when: "after delay", cause: "needed" });
  });

  test("a crashed node does not count as stopped: it is removed in its turn, after delay_remove", () => {
    const crashed = aStoppedNode(1, { wanted: "running", crashes: 1, born_at: 1, status_since: NOW - 9000 });
    const nodes = [crashed, aNode(2, { born_at: 2 }), aNode(3, { born_at: 3 })];
    const metrics = { used_hd_percent: 95 };
    expect(plan({ nodes, config: { node_cap: 2 } })).toEqual(["remove 3"]);
    expect(plan({ nodes, metrics })).toEqual(["remove 3"]);
    const young = { ...crashed, born_at: 4 };
    expect(decide(aSnapshot({ nodes: [young, aNode(2, { born_at: 2 })], metrics }))[0]).toMatchObject({
      node: 1,
      when: "after delay",
    });
  });

  test("a node whose creation was interrupted is removed first and at once, as it holds nothing", () => {
    const unmade = aStoppedNode(1, { wanted: "running", peer_id: undefined, has_key: false, born_at: 1 });
    const nodes = [unmade, aStoppedNode(2), aNode(3)];
    expect(decide(aSnapshot({ nodes, config: { node_cap: 2 } }))[0]).toMatchObject({ node: 1, when: "now" });
    for (const seen of [{ has_key: true }, { peer_id: "p" }, { records: 0 }, { data_bytes: 1 }])
      expect(plan({ nodes: [{ ...unmade, ...seen }, aNode(3)], config: { node_cap: 1 } })).toEqual([
        "remove 3",
      ]);
  });

  test("other pressure only stops nodes and never removes them", () => {
    expect(plan({ nodes: [aNode(1), aStoppedNode(2)], metrics: busy })).toEqual(["stop 1"]);
    expect(plan({ nodes: [aStoppedNode(2)], metrics: busy })).toEqual(["idle"]);
  });

  test("other pressure removes no node when upgrades are allowed, whether the newer program is good or bad", () => {
    const nodes = [aNode(1, { version: "0.4.9" }), aStoppedNode(2, { version: "0.4.9" })];
    for (const bad_versions of [new Map(), new Map([["0.4.17", "it hung"]])])
      expect(plan({ nodes, metrics: busy, rest: { upgrades: true, bad_versions } })).toEqual(["stop 1"]);
  });

  test("while every start slot is taken, processor, load and traffic stop no node, but memory does", () => {
    const nodes = [aNode(1), aNode(2, { status: "RESTARTING" })];
    expect(plan({ nodes, metrics: busy })).toEqual(["idle"]);
    expect(plan({ nodes, metrics: { ...busy, used_mem_percent: 90 } })).toEqual(["stop 1"]);
    // At once, and the node that has just started loses the least.
    expect(plan({ nodes, metrics: { ...busy, used_mem_percent: 97 } })).toEqual(["stop 2"]);
  });

  test("a waiting removal delays no stop, and counts toward the nodes to be removed", () => {
    const leaving = aStoppedNode(3, { status: "REMOVING", removal_cause: "needed", status_since: NOW - 10 });
    const nodes = [aNode(1), aNode(2), leaving];
    for (const slots of [1, 9]) {
      const config = { node_cap: 2, max_concurrent_removals: slots, max_concurrent_operations: slots };
      expect(plan({ nodes, config, metrics: busy })).toEqual(["stop 2"]);
      expect(plan({ nodes, config })).toEqual(["idle"]);
    }
  });

  test("disabled nodes are not touched", () => {
    expect(plan({ nodes: [aNode(1, { status: "DISABLED", wanted: "running" })], metrics: busy })).toEqual([
      "idle",
    ]);
  });
});

describe("finishing and restoring", () => {
  test("a removal is finished once delay_remove has passed, and not before", () => {
    const removing = (ago: number) => [
      aStoppedNode(1, { status: "REMOVING", removal_cause: "needed", status_since: NOW - ago }),
    ];
    const metrics = { used_hd_percent: 95 };
    expect(plan({ nodes: removing(299), metrics })).toEqual(["idle"]);
    expect(plan({ nodes: removing(300), metrics })).toEqual(["remove 1"]);
  });

  test("an interrupted stop is finished", () => {
    expect(plan({ nodes: [aNode(1, { wanted: "stopped" })] })).toEqual(["stop 1"]);
    expect(plan({ nodes: [aNode(1, { wanted: "stopped", status: "DISABLED" })] })).toEqual(["disable 1"]);
  });

  test("a node that went down starts again, even at the cap and on a busy machine", () => {
    const down = aStoppedNode(2, { wanted: "running", crashes: 1, status_since: NOW });
    expect(
      plan({ nodes: [aNode(1), down], config: { node_cap: 2 }, metrics: { used_cpu_percent: 60 } }),
    ).toEqual(["start 2"]);
    expect(plan({ nodes: [aNode(1), down], metrics: busy })).toEqual(["stop 1"]);
  });

  test("a node that cannot be inspected does not take the slot of one that may run", () => {
    const down = aStoppedNode(2, { wanted: "running", crashes: 1, status_since: NOW });
    const leaving = aStoppedNode(4, { status: "REMOVING", removal_cause: "needed", status_since: NOW });
    const planned = (config: { node_cap: number }) =>
      plan({
        nodes: [aNode(1), down, aNode(3), leaving],
        config: { ...config, max_concurrent_operations: 2 },
        rest: { doubtful: new Map([[3 as NodeId, "EIO"]]) },
      });
    expect(planned({ node_cap: 2 })).toEqual(["idle"]);
    expect(planned({ node_cap: 3 })).toEqual(["start 2"]);
  });

  test("a node that keeps dying is retried after 1, 2, 5, 15, 30 and 60 minutes, then hourly, and blocks no other node", () => {
    const waits = [0, 60, 120, 300, 900, 1800, 3600, 3600];
    for (const [i, wait] of waits.entries()) {
      const down = (ago: number) => [
        aStoppedNode(1, { wanted: "running", crashes: i + 1, status_since: NOW - ago }),
      ];
      expect(plan({ nodes: down(wait) })).toEqual(["start 1"]);
      if (wait > 0) expect(plan({ nodes: down(wait - 1) })).toEqual(["add 2"]);
    }
  });

  test("a node that lives but stays silent is restarted after delay_restart", () => {
    const silent = (ago: number) => [aNode(1, { silent_since: NOW - ago })];
    expect(plan({ nodes: silent(600), config: { node_cap: 1 } })).toEqual(["idle"]);
    expect(plan({ nodes: silent(601), config: { node_cap: 1 } })).toEqual(["restart 1"]);
  });

  test("the remains of a dead node are removed", () => {
    expect(plan({ nodes: [aStoppedNode(1, { status: "DEAD" }), aNode(2)] })).toEqual(["remove 1"]);
  });

  test("the first run after a boot only observes", () => {
    expect(plan({ nodes: [aStoppedNode(1, { wanted: "running" })], rest: { rebooted: true } })).toEqual([
      "survey",
    ]);
  });
});

describe("upgrading", () => {
  const old = aNode(1, { version: "0.4.9" });

  test("upgrades happen only when allowed, the oldest outdated node first", () => {
    expect(plan({ nodes: [old], config: { node_cap: 1 } })).toEqual(["idle"]);
    const nodes = [aNode(2, { version: "0.4.9", born_at: 1 }), old];
    expect(plan({ nodes, rest: { upgrades: true } })).toEqual(["upgrade 2"]);
  });

  test("versions are ordered as semantic versions: 0.4.9 is older than 0.4.17", () => {
    expect(plan({ nodes: [aNode(1, { version: "0.4.9" })], rest: { upgrades: true } })).toEqual([
      "upgrade 1",
    ]);
    expect(
      plan({ nodes: [aNode(1, { version: "0.4.18" })], config: { node_cap: 1 }, rest: { upgrades: true } }),
    ).toEqual(["idle"]);
  });

  test("an unknown version is not outdated, and without a program no version is", () => {
    const config = { node_cap: 1 };
    expect(plan({ nodes: [aNode(1, { version: undefined })], config, rest: { upgrades: true } })).toEqual([
      "idle",
    ]);
    const binary = { path: "/x", version: undefined, problem: "gone" } as const;
    expect(plan({ nodes: [old], config, rest: { upgrades: true, binary } })).toEqual(["idle"]);
  });

  test("an outdated node that is down is upgraded when it starts", () => {
    const down = aStoppedNode(1, { wanted: "running", version: "0.4.9" });
    expect(plan({ nodes: [down, aNode(2)], rest: { upgrades: true } })).toEqual(["upgrade 1"]);
    expect(plan({ nodes: [down], rest: { upgrades: true } })).toEqual(["start 1"]);
  });
});

describe("a new version on trial", () => {
  const config = { max_concurrent_upgrades: 5, max_concurrent_operations: 5, node_cap: 3 };
  const old = (id: number) => aNode(id, { version: "0.4.9" });
  const upgrades = { upgrades: true };
  const trial = (changes: Parameters<typeof aNode>[1]) => aNode(1, { previous_version: "0.4.9", ...changes });

  test("goes to one node first, however many slots are free, and to the others once it has proved itself", () => {
    expect(plan({ nodes: [old(1), old(2), old(3)], config, rest: upgrades })).toEqual(["upgrade 1"]);
    for (const status of ["UPGRADING", "RUNNING"] as const) {
      expect(plan({ nodes: [trial({ status }), old(2), old(3)], config, rest: upgrades })).toEqual(["idle"]);
    }
    expect(plan({ nodes: [aNode(1), old(2), old(3)], config, rest: upgrades })).toEqual([
      "upgrade 2",
      "upgrade 3",
    ]);
  });

  test("is rolled back on a node that died on it or stays silent", () => {
    const dead = trial({ status: "STOPPED", pid: undefined, crashes: 1 });
    expect(plan({ nodes: [dead, old(2)], config })).toEqual(["rollback 1"]);
    const silent = (ago: number) => [
      trial({ status: "UPGRADING", status_since: NOW - ago, silent_since: NOW - ago }),
      old(2),
    ];
    expect(plan({ nodes: silent(300), config })).toEqual(["rollback 1"]);
    expect(plan({ nodes: silent(299), config: { ...config, node_cap: 2 } })).toEqual(["idle"]);
  });

  test("is not rolled back on a node that merely did not come back after a reboot", () => {
    const cut = trial({ status: "STOPPED", pid: undefined, crashes: 0 });
    expect(plan({ nodes: [cut, old(2)], config })).toEqual(["start 1"]);
  });

  test("is not tried again once it has failed, and the plan says why", () => {
    const rest = { upgrades: true, bad_versions: new Map([["0.4.17", "it hung"]]) };
    expect(plan({ nodes: [old(1)], config: { node_cap: 1 }, rest })).toEqual(["idle"]);
    expect(reason({ nodes: [old(1)], config: { node_cap: 1 }, rest })).toContain(
      "version 0.4.17 is not tried again, because it failed (it hung)",
    );
  });
});

describe("mass failure", () => {
  const down = (id: number) => aStoppedNode(id, { wanted: "running", crashes: 1, status_since: NOW - 5 });

  test("three bad nodes are no mass failure, whatever their share", () => {
    expect(massFailure(aSnapshot({ nodes: [1, 2, 3].map(down) }))).toBeUndefined();
    expect(massFailure(aSnapshot({ nodes: [1, 2, 3, 4].map(down) }))).toContain("4 of 4 nodes");
  });

  test("with many nodes, a mass failure takes more than 45 percent of them", () => {
    const colony = (bad: number) =>
      Array.from({ length: 20 }, (_, i) => (i < bad ? down(i + 1) : aNode(i + 1)));
    expect(massFailure(aSnapshot({ nodes: colony(9) }))).toBeUndefined();
    expect(massFailure(aSnapshot({ nodes: colony(10) }))).toBeDefined();
  });

  test("during a mass failure no node is restarted or removed; pressure is still relieved and nodes still start", () => {
    const nodes = [1, 2, 3, 4, 5].map(down);
    expect(plan({ nodes: [...nodes, aNode(6)], config: { node_cap: 2 } })).toEqual(["start 1"]);
    expect(plan({ nodes: [...nodes, aNode(6)], metrics: busy })).toEqual(["stop 6"]);
    expect(plan({ nodes, rest: {} })).toEqual(["start 1"]);
    expect(
      plan({ nodes: [1, 2, 3, 4].map((id) => aStoppedNode(id, { status: "DEAD" })), metrics: busy }),
    ).toEqual(["idle"]);
  });
});
