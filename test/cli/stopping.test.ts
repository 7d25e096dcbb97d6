/** Nodes that need longer to end than a run waits for them, under setsid. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { livingProcess } from "../../src/os/processes/identity.ts";
import { type Faults, writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { catchesTerm } from "../support/signals.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, livingNodes } from "../torture/agreement.ts";

setDefaultTimeout(300_000);

/** Longer than any run waits: it ends when the test lets it. */
const SLOW = { stop_ms: 600_000 };

const rowOf = (wnm: Wnm, id: number) => wnm.nodes().find((row) => row.id === id) ?? {};
const pidOf = (wnm: Wnm, id: number): number => Number(rowOf(wnm, id).pid);
const lives = (pid: number): boolean => livingProcess(pid) !== undefined;
const folderOf = (wnm: Wnm, id: number): string => join(wnm.base, "node", `antnode000${id}`);

/**
 * A colony of this many running nodes that end as the switches say, with more time for that than a test takes. A
 * stopped node does not start on its own.
 */
async function aSlowColony(faults: Faults, nodes: number, ...args: readonly string[]): Promise<Wnm> {
  const wnm = await aColony(`--node_cap=${nodes}`, "--delay_restart=3600", "--stop_grace=600", ...args);
  await wnm.ok(["--force_action", "add", "--count", String(nodes)]);
  await tick(wnm);
  for (let id = 1; id <= nodes; id++) {
    writeFaults(folderOf(wnm, id), faults);
    await until(() => catchesTerm(pidOf(wnm, id)), `node ${id} to know its switches`);
  }
  return wnm;
}

/** A run that does not need to spend a second on measuring. */
const tick = (wnm: Wnm, ...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.ok(args);
};

const forced = async (wnm: Wnm, action: string, id = 1) =>
  JSON.parse((await wnm.ok(["--force_action", action, "--service_name", String(id), "--json"])).stdout);

const kinds = async (wnm: Wnm, id = 1): Promise<readonly string[]> => {
  const { stdout } = await wnm.ok([
    "--report",
    "history",
    "--service_name",
    String(id),
    "--report_format=json",
  ]);
  return JSON.parse(stdout).events.map(({ kind }: { kind: string }) => kind);
};

/** Lets a slow node that was asked to end do so now. */
async function letGo(wnm: Wnm, id: number, pid: number): Promise<void> {
  writeFaults(folderOf(wnm, id), { stop_ms: 0 });
  await until(() => !lives(pid), "the node to end by itself");
}

test("a stop that takes longer than a run is under way until the node has ended, and the node is never killed", async () => {
  await using wnm = await aSlowColony(SLOW, 1);
  const pid = pidOf(wnm, 1);
  const began = Date.now();
  const result = await forced(wnm, "stop");
  expect(result).toMatchObject({ stopped_count: 0, failed_count: 0, under_way_count: 1 });
  expect(result.under_way_nodes[0].message).toMatch(/antnode0001 was asked to end and has not ended yet/);
  expect(lives(pid)).toBe(true);
  const row = rowOf(wnm, 1);
  expect(row).toMatchObject({ status: "RUNNING", wanted: "stopped", pid, failures: 0 });
  expect(Number(row.stopping_since)).toBeGreaterThan(began / 1000 - 5);
  const started = await forced(wnm, "start");
  expect(started).toMatchObject({ started_count: 0, unchanged_count: 1 });
  expect(started.unchanged_nodes[0].reason).toMatch(/has not ended yet/);
  expect((await wnm.ok(["--report", "node-status-details"])).stdout).toMatch(
    /Status: RUNNING, stopping \d+ s/,
  );
  expect((await wnm.ok(["--report", "why", "--service_name", "1"])).stdout).toMatch(/min left for that/);
  await tick(wnm);
  expect(lives(pid)).toBe(true);
  await letGo(wnm, 1, pid);
  await tick(wnm);
  expect(rowOf(wnm, 1)).toMatchObject({
    status: "STOPPED",
    wanted: "stopped",
    pid: null,
    stopping_since: null,
  });
  expect(rowOf(wnm, 1)).toMatchObject({ crashes: 0 });
  expect((await kinds(wnm)).filter((kind) => kind === "stop" || kind === "died")).toEqual(["stop", "stop"]);
});

test("a node that does not end within stop_grace is killed by the next run, and no run waits for it", async () => {
  await using wnm = await aSlowColony({ ignore_sigterm: true }, 1);
  const pid = pidOf(wnm, 1);
  expect(await forced(wnm, "stop")).toMatchObject({ under_way_count: 1 });
  await tick(wnm);
  expect(lives(pid)).toBe(true);
  // Its time is up.
  wnm.sql("UPDATE node SET stopping_since = stopping_since - 601");
  await tick(wnm);
  expect(lives(pid)).toBe(false);
  expect(rowOf(wnm, 1)).toMatchObject({ status: "STOPPED", crashes: 0, stopping_since: null });
});

test("a short stop_grace ends within the run", async () => {
  await using wnm = await aSlowColony({ ignore_sigterm: true }, 1, "--stop_grace=1");
  const pid = pidOf(wnm, 1);
  expect(await forced(wnm, "stop")).toMatchObject({ stopped_count: 1 });
  expect(lives(pid)).toBe(false);
});

test("data are deleted only once the node has ended, and a teardown says what is left", async () => {
  await using wnm = await aSlowColony(SLOW, 2);
  const pids = [pidOf(wnm, 1), pidOf(wnm, 2)];
  expect(await forced(wnm, "remove", 1)).toMatchObject({ removed_count: 0, under_way_count: 1 });
  expect(rowOf(wnm, 1)).toMatchObject({ status: "REMOVING", pid: pids[0] });
  expect(existsSync(join(folderOf(wnm, 1), "secret-key"))).toBe(true);
  await tick(wnm);
  expect(existsSync(join(folderOf(wnm, 1), "secret-key"))).toBe(lives(pids[0] ?? 0));
  await letGo(wnm, 1, pids[0] ?? 0);
  await tick(wnm);
  expect(existsSync(folderOf(wnm, 1))).toBe(false);
  expect(wnm.nodes().map(({ id }) => id)).not.toContain(1);
  const torn = await wnm.ok(["--force_action", "teardown", "--confirm"]);
  expect(torn.stdout).toContain("Left: antnode0002");
  expect(existsSync(folderOf(wnm, 2))).toBe(true);
  await letGo(wnm, 2, pids[1] ?? 0);
  await wnm.ok(["--force_action", "teardown", "--confirm"]);
  expect(existsSync(folderOf(wnm, 2))).toBe(false);
});

test("an upgrade and a restart continue once the old process has ended, with one process each and no death", async () => {
  await using wnm = await aSlowColony(SLOW, 2);
  const pids = [pidOf(wnm, 1), pidOf(wnm, 2)];
  await buildAntnode(join(wnm.home, ".local/bin/antnode"), "0.4.18");
  const [upgraded, restarted] = [await forced(wnm, "upgrade", 1), await forced(wnm, "restart", 2)];
  for (const result of [upgraded, restarted])
    expect(result).toMatchObject({ under_way_count: 1, failed_count: 0 });
  await tick(wnm);
  expect(rowOf(wnm, 2)).toMatchObject({ status: "RESTARTING", pid: pids[1] });
  for (const [i, pid] of pids.entries()) await letGo(wnm, i + 1, pid);
  // Both were running and are meant to run; delay_restart applies to nodes that were stopped.
  for (let i = 0; i < 3; i++) await tick(wnm, "--max_concurrent_starts=9", "--max_concurrent_operations=9");
  for (const id of [1, 2]) {
    expect(lives(pidOf(wnm, id))).toBe(true);
    expect(pids).not.toContain(pidOf(wnm, id));
    expect(rowOf(wnm, id)).toMatchObject({ crashes: 0, wanted: "running", stopping_since: null });
    expect(await kinds(wnm, id)).not.toContain("died");
  }
  expect(rowOf(wnm, 1)).toMatchObject({ version: "0.4.18" });
  expect(livingNodes(wnm)).toHaveLength(2);
});

test("a run that is killed while it waits leaves a stop that the next run repeats with its full time", async () => {
  await using wnm = await aSlowColony(SLOW, 1);
  const pid = pidOf(wnm, 1);
  const run = wnm.start(["--force_action", "disable", "--service_name", "1"]);
  await until(() => existsSync(join(folderOf(wnm, 1), "asked")), "the node to be asked");
  run.kill("SIGKILL");
  await run.exited;
  expect(rowOf(wnm, 1)).toMatchObject({ status: "DISABLED", pid, stopping_since: null });
  await tick(wnm);
  await letGo(wnm, 1, pid);
  await tick(wnm);
  expect(rowOf(wnm, 1)).toMatchObject({ status: "DISABLED", pid: null, stopping_since: null });
});

test("a restart whose run is killed while the node ends is an interrupted restart, and not a death", async () => {
  await using wnm = await aSlowColony(SLOW, 1);
  const pid = pidOf(wnm, 1);
  const run = wnm.start(["--force_action", "restart", "--service_name", "1"]);
  await until(() => existsSync(join(folderOf(wnm, 1), "asked")), "the node to be asked");
  run.kill("SIGKILL");
  await run.exited;
  await letGo(wnm, 1, pid);
  await tick(wnm);
  expect(rowOf(wnm, 1)).toMatchObject({ crashes: 0, wanted: "running" });
  await until(async () => {
    await tick(wnm);
    return lives(pidOf(wnm, 1));
  }, "the node to run again");
  const told = await kinds(wnm);
  expect(told).not.toContain("died");
  expect(told).toContain("restart");
});
