import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PYTHON_TABLES } from "../../src/store/python/tables.ts";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** The document after `Action:`. */
const action = ({ stderr }: Ended): Readonly<Record<string, unknown>> =>
  JSON.parse(/^INFO \[root\] Action: (.*)$/m.exec(stderr)?.[1] ?? "null");
const force = (name: string, ...rest: readonly string[]) => ["--force_action", name, ...rest];

describe("forced actions in sequence on one colony", () => {
  let wnm: Wnm;
  beforeAll(async () => {
    wnm = await aColony();
  });
  afterAll(() => wnm[Symbol.asyncDispose]());
  const statuses = () => wnm.nodes().map((row) => row.status);

  test("having nothing to act on is reported and is not a failure", async () => {
    for (const [name, message] of [
      ["remove", "No nodes to remove"],
      ["stop", "No running nodes to stop"],
      ["upgrade", "No running nodes to upgrade"],
      ["start", "No stopped nodes to start"],
    ] as const) {
      expect(action(await wnm.ok(force(name)))).toEqual({ status: "error", message });
    }
    expect(action(await wnm.ok(force("teardown", "--confirm")))).toEqual({
      status: "no-nodes",
      message: "No nodes to remove",
    });
  });

  test("dry runs use their own words for what would be done, and change nothing", async () => {
    expect(action(await wnm.ok(force("add", "--dry_run")))).toEqual({ status: "add-node", node: "0001" });
    expect(action(await wnm.ok(force("add", "--dry_run", "--count=2")))).toEqual({
      status: "add-nodes-dryrun",
      added_count: 2,
      added_nodes: ["antnode0001", "antnode0002"],
      failed_count: 0,
      failed_nodes: null,
    });
    expect(wnm.nodes()).toEqual([]);
  });

  test("add creates one node, and two with --count 2", async () => {
    expect(action(await wnm.ok(force("add")))).toEqual({ status: "added-node", node: "0001" });
    expect(action(await wnm.ok(force("add", "--count", "2")))).toMatchObject({
      status: "added-nodes",
      added_count: 2,
      added_nodes: ["antnode0002", "antnode0003"],
      failed_nodes: null,
    });
    expect(statuses()).toHaveLength(3);
  });

  test("every dry run on a colony with nodes changes nothing", async () => {
    const before = wnm.nodes();
    for (const [name, status, count] of [
      ["remove", "remove-dryrun", "removed_count"],
      ["stop", "stop-dryrun", "stopped_count"],
      ["restart", "restart-dryrun", "restarted_count"],
    ] as const) {
      expect(action(await wnm.ok(force(name, "--count=2", "--dry_run")))).toMatchObject({
        status,
        [count]: 2,
      });
    }
    const disabled = await wnm.ok(force("disable", "--service_name=2", "--dry_run"));
    expect(action(disabled)).toMatchObject({ status: "disable-dryrun", disabled_nodes: ["antnode0002"] });
    expect(action(await wnm.ok(force("survey", "--dry_run")))).toEqual({
      status: "survey-dryrun",
      node_count: 3,
    });
    const teardown = await wnm.ok(force("teardown", "--confirm", "--dry_run"));
    expect(action(teardown)).toMatchObject({ status: "cluster-teardown", removed_count: 3, dry_run: true });
    expect(wnm.nodes()).toEqual(before);
  });

  test("nodes can be named in every form, and in lists", async () => {
    const list = "antnode0001,antnode0002.service, 3";
    expect(action(await wnm.ok(force("stop", "--service_name", list)))).toEqual({
      status: "stopped-nodes",
      stopped_count: 3,
      stopped_nodes: ["antnode0001", "antnode0002", "antnode0003"],
      failed_count: 0,
      failed_nodes: null,
    });
    expect(statuses()).toEqual(["STOPPED", "STOPPED", "STOPPED"]);
  });

  test("start takes the oldest node first, and leaves a running one as it is", async () => {
    expect(action(await wnm.ok(force("start")))).toEqual({ status: "started-node", node: "0001" });
    const named = await wnm.ok(force("start", "--service_name=1,2"));
    expect(action(named)).toEqual({
      status: "started-nodes",
      started_count: 1,
      started_nodes: ["antnode0002"],
      upgraded_count: 0,
      upgraded_nodes: null,
      failed_count: 0,
      failed_nodes: null,
      unchanged_count: 1,
      unchanged_nodes: [{ service: "antnode0001", reason: "already running" }],
    });
  });

  test("disable holds a node until enable", async () => {
    const disabled = await wnm.ok(force("disable", "--service_name=1"));
    expect(action(disabled)).toMatchObject({ status: "disabled-nodes", disabled_nodes: ["antnode0001"] });
    expect(statuses()[0]).toBe("DISABLED");
    await wnm.ok([]);
    expect(statuses()[0]).toBe("DISABLED");
    const enabled = await wnm.ok(force("enable", "--service_name=1"));
    expect(action(enabled)).toMatchObject({ status: "enabled-nodes", enabled_nodes: ["antnode0001"] });
    expect(statuses()[0]).toBe("STOPPED");
  });

  test("restart gives a node a new process", async () => {
    const before = wnm.nodes()[1]?.pid;
    const restarted = action(await wnm.ok(force("restart", "--service_name=2")));
    expect(restarted).toMatchObject({ status: "restarted-nodes", restarted_nodes: ["antnode0002"] });
    expect(wnm.nodes()[1]?.pid).not.toBe(before);
  });

  test("survey counts nodes, with and without names", async () => {
    expect(action(await wnm.ok(force("survey")))).toEqual({ status: "survey-complete", node_count: 3 });
    expect(action(await wnm.ok(force("survey", "--service_name=2,1")))).toEqual({
      status: "survey-complete",
      surveyed_count: 2,
      surveyed_nodes: ["antnode0002", "antnode0001"],
      failed_count: 0,
      failed_nodes: null,
    });
  });

  test("a failed action exits with 3, the others are done, and all results are listed", async () => {
    await wnm.ok(force("stop", "--service_name=1,3"));
    rmSync(join(wnm.home, ".local/bin/antnode"));
    rmSync(join(wnm.base, "node/antnode0003/antnode"));
    const ended = await wnm.run(force("start", "--service_name=1,3", "--json"));
    expect(ended.code).toBe(3);
    expect(action(ended)).toMatchObject({
      status: "started-nodes",
      started_nodes: ["antnode0001"],
      failed_count: 1,
      failed_nodes: [{ service: "antnode0003", error: expect.stringContaining("antnode") }],
    });
    // The log has the finding on its own line.
    expect(JSON.parse(ended.stdout)).toEqual({
      ...action(ended),
      findings: [expect.objectContaining({ key: "no-node-program" })],
    });
    expect(ended.stderr).toMatch(/^ERROR \[root\] start failed: /m);
  });

  test("teardown removes every node and says what remains", async () => {
    const ended = await wnm.ok(force("teardown", "--confirm"));
    expect(action(ended)).toEqual({
      status: "cluster-teardown",
      method: "individual-remove",
      removed_count: 3,
    });
    expect(ended.stdout).toContain("Left: no node");
    expect(ended.stdout).toContain(wnm.database);
    expect(wnm.nodes()).toEqual([]);
  });
});

test("the delay between actions is the strongest of interval, this_action_delay and action_delay; a survey has its own", async () => {
  await using wnm = await aColony("--action_delay=60000");
  const timed = async (...args: readonly string[]) => {
    const from = performance.now();
    await wnm.ok(args);
    return performance.now() - from;
  };
  // The stored minute would be visible.
  await timed(...force("add", "--count=2"), "--this_action_delay=0");
  await wnm.ok(force("nullop", "--action_delay=0"));
  const stop = force("stop", "--service_name=1,2");
  const base = await timed(...stop);
  expect(await timed(...stop, "--action_delay=1500")).toBeGreaterThan(1500);
  expect(wnm.machine().action_delay).toBe(1500);
  expect(await timed(...stop, "--this_action_delay=2500")).toBeGreaterThan(2500);
  const from = performance.now();
  await wnm.ok([...stop, "--interval=1"], { THIS_ACTION_DELAY: "60000" });
  expect(performance.now() - from).toBeLessThan(30_000 + base);
  expect(wnm.machine().action_delay).toBe(1500);
  await wnm.ok(force("start", "--service_name=1,2", "--interval=1"));
  const survey = force("survey");
  expect(await timed(...survey, "--survey_delay=1500")).toBeGreaterThan(1500);
  expect(await timed(...survey, "--this_survey_delay=2500")).toBeGreaterThan(2500);
  expect(wnm.machine().survey_delay).toBe(1500);
  expect(await timed("--report=node-status", ...survey, "--this_survey_delay=2000")).toBeGreaterThan(2000);
});

test("a setting given to a run applies in that run and is stored; a dry run shows it and stores nothing", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok(force("add"));
  const dry = await wnm.ok(["--dry_run", "--node_cap=2", "--json"]);
  const document = JSON.parse(dry.stdout);
  expect(document).toMatchObject({ dry_run: true, settings: { node_cap: 2 } });
  expect(wnm.machine().node_cap).toBe(1);
  expect((await wnm.ok(["--dry_run", "--node_cap=2"])).stdout).toContain("node_cap: 1 -> 2");
  const shrunk = await wnm.ok(["--node_cap=2", "--max_concurrent_starts=2", "--max_concurrent_operations=2"]);
  expect(wnm.machine().node_cap).toBe(2);
  expect(["added-node", "idle"]).toContain(String(action(shrunk).status));
});

test("nullop, update_config and disable_config store settings and do nothing else", async () => {
  await using wnm = await aColony();
  for (const [i, name] of ["nullop", "update_config", "disable_config"].entries()) {
    const told = await wnm.ok(force(name, `--node_cap=${30 + i}`));
    expect(told.stderr).toBe(
      `INFO [root] Update: {"node_cap":${30 + i}}\nINFO [root] Configuration updated successfully\n`,
    );
    expect(wnm.machine().node_cap).toBe(30 + i);
    expect(wnm.nodes()).toEqual([]);
  }
  expect((await wnm.ok(force("nullop"))).stderr).toBe("INFO [root] No configuration changes detected\n");
  const dry = await wnm.ok(force("nullop", "--node_cap=50", "--dry_run", "--json"));
  expect(JSON.parse(dry.stdout)).toMatchObject({ dry_run: true, settings: { node_cap: 50 } });
  expect(wnm.machine().node_cap).toBe(32);
});

test("wnm-db-migration says that migration needs no command, and migrates at once with --confirm", async () => {
  await using wnm = await aColony();
  expect((await wnm.ok(force("wnm-db-migration"))).stderr).toContain("Database is already up to date!");
  asPythonLeftIt(wnm);
  expect((await wnm.ok(force("wnm-db-migration"))).stderr).toContain("the next run migrates it");
  expect((await wnm.ok(force("wnm-db-migration", "--confirm", "--dry_run"))).stderr).toContain("next run");
  expect((await wnm.ok(force("wnm-db-migration", "--confirm"))).stderr).toContain("Database migrated");
  expect((await wnm.ok(force("wnm-db-migration"))).stderr).toContain("already up to date");
});

/** Removes everything from the database that Python wnm does not know. */
function asPythonLeftIt(wnm: Wnm): void {
  const shape = (db: Database) => {
    const tables = db
      .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all();
    return new Map(
      tables.map(({ name }) => [
        name,
        db
          .query<{ name: string }, []>(`PRAGMA table_info(${name})`)
          .all()
          .map((column) => column.name),
      ]),
    );
  };
  using python = new Database(":memory:");
  python.run(PYTHON_TABLES);
  const known = shape(python);
  using db = new Database(wnm.database, { readwrite: true, create: false });
  for (const [table, columns] of shape(db)) {
    const kept = known.get(table);
    if (kept === undefined) db.run(`DROP TABLE ${table}`);
    for (const column of kept === undefined ? [] : columns) {
      if (!kept?.includes(column)) db.run(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
  }
  db.run("PRAGMA user_version = 0");
}
