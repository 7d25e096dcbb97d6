import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import type { ColonyEvent } from "../../src/model/event.ts";
import { openStoreToRead } from "../../src/store/colony.ts";
import { aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

function eventsOf({ database }: Wnm): readonly ColonyEvent[] {
  using store = openStoreToRead(database);
  return store.events();
}

const told = (wnm: Wnm): readonly string[] =>
  eventsOf(wnm).map(({ kind, node, from_status, to_status }) =>
    [kind, node ?? "-", from_status ?? "-", to_status ?? "-"].join(" "),
  );

test("actions, deaths and settings become events, with their origin and the readings at the time", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=2");
  await wnm.ok(["--force_action=add", "--count=2"], { SUDO_UID: "1234" });
  await wnm.ok([]);
  await wnm.kill(1);
  await wnm.ok([]);
  await wnm.ok(["--force_action=stop", "--service_name=2"]);
  await wnm.ok(["--node_cap=1"]);
  expect(told(wnm)).toEqual([
    ...["add 1 - RESTARTING", "add 2 - RESTARTING"],
    ...["came-up 1 RESTARTING RUNNING", "came-up 2 RESTARTING RUNNING"],
    ...["died 1 RUNNING STOPPED", "start 1 STOPPED RESTARTING"],
    ...["came-up 1 RESTARTING RUNNING", "stop 2 RUNNING STOPPED"],
    ...["setting - 2 1", "remove 2 STOPPED REMOVING"],
  ]);
  const events = eventsOf(wnm);
  const hand = `hand:${process.getuid?.() ?? 0}`;
  expect(events.map(({ by }) => String(by))).toEqual([
    ...["hand:1234", "hand:1234", "cron", "cron", "cron", "cron"],
    ...[hand, hand, hand, hand],
  ]);
  expect(events.every(({ readings }) => readings?.used_mem_percent !== undefined)).toBe(true);
  expect(events.at(-1)?.reason).toBe("2 nodes > node_cap 1");
  expect(events[4]?.reason).toMatch(/; it had been up for \d+ s$/);
});

test("a run that changes nothing adds no event, but counts in the hour and the day", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  for (let i = 0; i < 3; i++) await wnm.ok([]);
  expect(told(wnm)).toEqual(["add 1 - RESTARTING", "came-up 1 RESTARTING RUNNING"]);
  using store = openStoreToRead(wnm.database);
  expect(store.hours(0, Date.now() / 1000).reduce((sum, { runs }) => sum + runs, 0)).toBe(4);
  // Two days if the test runs over midnight.
  const days = store.nodeDays("");
  expect(days.map(({ deaths }) => deaths).filter(Boolean)).toEqual([]);
  expect(days.at(-1)?.records).toBe(3);
});

test("a stored setting is recorded with its old value, even when only the configuration changes", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=update_config", "--node_cap=7", "--environment=A=1"]);
  expect(eventsOf(wnm).map(({ reason }) => reason)).toEqual(["node_cap 1 → 7", "environment  → A=1"]);
});

test("a failing action is recorded once for each reason", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  await wnm.ok(["--force_action=stop"]);
  const [node] = wnm.nodes();
  renameSync(String(node?.root_dir), `${node?.root_dir}.away`);
  writeFileSync(String(node?.root_dir), "");
  expect((await wnm.run(["--force_action=start", "--service_name=1"])).code).not.toBe(0);
  const failed = eventsOf(wnm).filter(({ kind }) => kind === "failed");
  expect(failed).toHaveLength(1);
  expect(failed[0]?.reason).toStartWith("start: ");
});

test("a refused run is noted beside the database, and the next run takes the note over", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  chmodSync(wnm.database, 0o644);
  const away = `${wnm.database}.away`;
  for (const cap of ["x", "y", "x"]) {
    const ended = await wnm.run([], { NODE_CAP: cap });
    expect(ended.code).not.toBe(0);
  }
  const file = `${wnm.database}.refused`;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  renameSync(wnm.database, away);
  writeFileSync(wnm.database, "not a database");
  for (let i = 0; i < 3; i++) expect((await wnm.run([])).code).not.toBe(0);
  renameSync(away, wnm.database);
  await wnm.run([]);
  expect(existsSync(file)).toBe(false);
  const refused = eventsOf(wnm).filter(({ kind }) => kind === "refused");
  expect(refused.map(({ by }) => by).at(-1)).toBe("cron");
  expect(refused.at(-1)?.reason).toMatch(
    /colony\.db.*\(3 runs in a row, until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/,
  );
  // Two of the first kind within the same second are one.
  for (const args of [[], ["--kind", "add"]])
    expect((await wnm.ok(["--report", "history", ...args])).stdout).toMatch(/; [56] runs were refused\n$/);
});

test("while runs are refused, overview and why say that nothing comes next", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  renameSync(`${wnm.base}/node`, `${wnm.base}/away`);
  expect((await wnm.run([])).code).toBe(5);
  wnm.sql("UPDATE machine SET node_cap = 0");
  const shown = async (...args: readonly string[]) => (await wnm.ok(args)).stdout;
  expect(await shown("--report=overview")).toContain("\nnow      nothing: runs are refused\n");
  const nothing = "nothing: wnm is not working: Nothing is done, because the storage does not match";
  const colony = await shown("--report=why");
  expect(colony).toContain(`\n  now        ${nothing}`);
  expect(colony).not.toContain("\n  ahead ");
  const why = await shown("--report=why", "--service_name=1");
  expect(why).toContain(`\n  next       ${nothing}`);
  // The explanation does not promise what would come next if runs worked.
  expect(why).toMatch(/\n {2}next .*\n {2}by hand /);
  renameSync(`${wnm.base}/away`, `${wnm.base}/node`);
  await wnm.run([]);
  expect(await shown("--report=why", "--report_format=json")).not.toContain("nothing: wnm is not working");
});

test("a node that is restarted for silence shows no earlier readings until it answers", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=add"]);
  await wnm.ok([]);
  const [node] = wnm.nodes();
  expect(node).toMatchObject({ status: "RUNNING", connected_peers: 12 });
  writeFileSync(`${node?.root_dir}/fake.json`, '{"hang":true}');
  while (wnm.nodes()[0]?.status === "RUNNING") await wnm.ok([]);
  const row = JSON.parse((await wnm.ok(["--report=node-status", "--report_format=json"])).stdout);
  expect(row).toMatchObject({ status: "RESTARTING", connected_peers: null });
  const metrics = (await wnm.ok(["--report=prometheus"])).stdout;
  expect(metrics).toContain('wnm_node_answers{node="antnode0001"} 0\n');
  expect(metrics).not.toContain("wnm_node_connected_peers{");
  expect(told(wnm).slice(-2)).toEqual(["silent 1 RUNNING RUNNING", "restart 1 RUNNING RESTARTING"]);
});

test("history and why also cover a node that is gone", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action=add", "--count=2"]);
  await wnm.ok(["--force_action=remove", "--service_name=2"]);
  const history = await wnm.ok(["--report=history", "--since=1h", "--service_name=2"]);
  expect(history.stdout).toMatch(/ add +antnode0002 .*\n.* remove +antnode0002 .*\n.* remove +antnode0002 /);
  expect(history.stdout).not.toContain("antnode0001");
  const csv = await wnm.ok(["--report=history", "--kind=add", "--report_format=csv"]);
  expect(csv.stdout.split("\n").map((line) => line.split(",")[2])).toEqual([
    ...["node", "antnode0001", "antnode0002", undefined],
  ]);
  expect((await wnm.ok(["--report=why", "--service_name=2"])).stdout).toContain("antnode0002 is gone since");
  expect((await wnm.ok(["--report=why"])).stdout).toStartWith("1 of 1 node is up; node_cap is 1\n");
  for (const [says, ...wrong] of [
    [/Invalid time/, "--since=soon"],
    [/Invalid time: There is no such day as "2026-02-30"/, "--since=2026-02-30"],
    [/Invalid kind/, "--kind=feast"],
    [/Invalid time/, "--until=25:00"],
    [/--since .*: 2100-01-01 is 1 Jan 2100 00:00, which is in the future/, "--since=2100-01-01"],
    [/--until .*: 2d is .*, which is before --since/, "--since=1d", "--until=2d"],
    [/there is no antnode0099 in the colony, nor in its history/, "--service_name=2,99"],
  ] as const) {
    const refused = await wnm.run(["--report=history", ...wrong]);
    expect([wrong, refused.code, refused.stdout]).toEqual([wrong, 2, ""]);
    expect(refused.stderr).toMatch(says);
  }
  const why = await wnm.run(["--report=why", "--service_name=99"]);
  expect([why.code, why.stdout]).toEqual([2, ""]);
  const earlier = await wnm.ok(["--report=history", "--until=2d"]);
  expect(earlier.stdout).toStartWith("0 events, ");
  expect((await wnm.run(["--report=node-status", "--since=1h"])).code).toBe(2);
});

test("the log gives the reason for refusing cron's runs once, again when it changes, and says when it is over", async () => {
  await using wnm = await aHome();
  await wnm.init("--node_cap=1", "--log_format=text");
  await wnm.ok(["--force_action=add"]);
  const cron = `${wnm.home}/cron`;
  symlinkSync("/bin/sh", cron);
  const byCron = (variables = {}) => {
    const line = [cron, "-c", '"$0" "$@"; exit $?', wnm.binary];
    const { exitCode, stderr } = Bun.spawnSync(line, { env: { HOME: wnm.home, ...variables } });
    return [exitCode, stderr.toString().replaceAll(/^\S+Z /gm, "")] as const;
  };
  const storage = `${wnm.base}/node`;
  renameSync(storage, `${storage}.away`);
  const gone = expect.stringMatching(/^ERROR Nothing is done, because the storage does not match/);
  expect([byCron(), byCron(), byCron()]).toEqual([
    [5, gone],
    [5, ""],
    [5, ""],
  ]);
  expect((await wnm.run([])).stderr).toContain("ERROR Nothing is done");
  const other = expect.stringMatching(/^ERROR --node_cap /);
  expect([byCron({ NODE_CAP: "x" }), byCron({ NODE_CAP: "x" }), byCron()]).toEqual([
    [2, other],
    [2, ""],
    [5, gone],
  ]);
  renameSync(`${storage}.away`, storage);
  expect(byCron()[1]).toContain("INFO Over: wnm is not working: Nothing is done");
  expect(byCron()).toEqual([0, ""]);
  chmodSync(wnm.database, 0o644);
  renameSync(wnm.database, `${wnm.database}.away`);
  writeFileSync(wnm.database, "not a database");
  const unreadable = expect.stringContaining("ERROR ");
  expect([byCron(), byCron()]).toEqual([
    [1, unreadable],
    [1, ""],
  ]);
  renameSync(`${wnm.database}.away`, wnm.database);
  expect(byCron()[1]).toMatch(/^INFO Over: runs were refused since \S+Z: .*colony\.db.*\(2 runs in a row/m);
  expect(eventsOf(wnm).filter(({ kind }) => kind === "refused").length).toBeGreaterThan(3);
});
