import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const HEALTH = ["--report", "health"];

test("the exit code is 0 when well, 1 for a warning and 2 when bad, and -q prints nothing", async () => {
  await using wnm = await aColony("--node_cap=1");
  expect(await wnm.run([...HEALTH])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("not run here"),
  });
  await wnm.ok([]);
  expect(await wnm.run(HEALTH)).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/^WNM OK - \d of 1 node up, last run \d+ s ago \| nodes=/),
  });
  wnm.sql("UPDATE last_run SET ended_at = ended_at - 200");
  const late = await wnm.run([...HEALTH, "--json"]);
  expect(late.code).toBe(2);
  expect(JSON.parse(late.stdout)).toMatchObject({ health: "bad", code: 2, findings: [{ key: "no-run" }] });
  expect(await wnm.run([...HEALTH, "-q"])).toEqual({ code: 2, stdout: "", stderr: "" });
});

test("findings of the last run are reported, and so is its refusal to work", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  const storage = join(wnm.base, "node");
  renameSync(storage, `${storage}.away`);
  await wnm.run([]);
  const { code, stdout } = await wnm.run([...HEALTH, "--json"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout).findings).toMatchObject([{ key: "run-refused", severity: "bad" }]);
  expect((await wnm.ok(["--report", "prometheus"])).stdout).toContain(
    'wnm_finding{key="run-refused",severity="bad",node=""} 1',
  );
  renameSync(`${storage}.away`, storage);
  await wnm.ok([]);
  expect((await wnm.run(HEALTH)).code).toBe(0);
});

/** Another process that holds the colony's lock until `end` is called. */
async function aHolder(wnm: Wnm): Promise<{ readonly end: () => Promise<number> }> {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(join(import.meta.dir, "../../src/os/lock/lock.ts"))});
    const { lockPaths } = await import(${JSON.stringify(join(import.meta.dir, "../../src/os/paths.ts"))});
    using lock = acquireLock(lockPaths(${JSON.stringify(wnm.database)}), { description: "a run of cron", looks_for: 600 });
    console.log("held");
    await Bun.stdin.text();`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
  for await (const said of child.stdout) if (new TextDecoder().decode(said).includes("held")) break;
  return {
    end() {
      child.stdin.end();
      return child.exited;
    },
  };
}

test("a run that finds another one at work is no evidence about the colony", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  const holder = await aHolder(wnm);
  expect((await wnm.run([])).code).toBe(75);
  expect(await holder.end()).toBe(0);
  expect(await keys(wnm)).toEqual([]);
  expect((await wnm.ok([])).stderr).not.toContain("Over: ");
  expect((await wnm.ok(["--report=history"])).stdout).toContain("still running: a run of cron");
});

const keys = async (wnm: Wnm): Promise<readonly string[]> =>
  JSON.parse((await wnm.run([...HEALTH, "--json"])).stdout).findings.map(({ key }: { key: string }) => key);

test("only a mistake in a call by cron counts as a refused run", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  for (const mistake of [
    ["--node_cpa=20"],
    ["--quiet", "more"],
    ["--node_cap=lots"],
    ["--node_storage=/nowhere/nodes"],
  ])
    expect((await wnm.run(mistake)).code).not.toBe(0);
  expect(await keys(wnm)).toEqual([]);
  // The kernel names a process after its file.
  const cron = join(wnm.home, "cron");
  copyFileSync("/bin/sh", cron);
  const line = `${wnm.binary} --node_cpa=20; :`;
  await Bun.spawn([cron, "-c", line], { env: { HOME: wnm.home }, stderr: "ignore" }).exited;
  expect(await keys(wnm)).toEqual(["run-refused"]);
  // Every run meets a mistake in a file, no matter who starts it.
  await wnm.ok([]);
  expect(await keys(wnm)).toEqual([]);
  writeFileSync(join(wnm.base, ".env"), "CPU_REMOVE=lots\n");
  expect((await wnm.run([])).code).toBe(2);
  expect(await keys(wnm)).toEqual(["run-refused"]);
});

test("the exit code is 3 without a colony or with a garbage database, in suitable words and without a stack trace", async () => {
  await using wnm = await aHome();
  const none = await wnm.run(HEALTH);
  expect(none).toMatchObject({
    code: 3,
    stderr: "",
    stdout: expect.stringContaining("WNM UNKNOWN - No database"),
  });
  expect(await wnm.run([...HEALTH, "-q"])).toEqual({ code: 3, stdout: "", stderr: "" });
  await wnm.init();
  writeFileSync(wnm.database, "garbage");
  expect(await wnm.run([...HEALTH, "--json"])).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('"key": "colony-unreadable"'),
  });
  // Settings in the environment are not checked, so they cannot change the code.
  expect((await wnm.run(HEALTH, { NODE_CAP: "7" })).code).toBe(3);
  if (process.getuid?.() !== 0) {
    chmodSync(wnm.database, 0);
    expect((await wnm.run(HEALTH)).code).toBe(3);
  }
});

test("a run at work is not a missing run", async () => {
  await using wnm = await aColony();
  await wnm.ok(["--force_action=add", "--count=2"]);
  wnm.sql("UPDATE last_run SET ended_at = ended_at - 200");
  await using holder = wnm.start(["--force_action=survey", "--this_survey_delay=60000"]);
  await until(() => existsSync(join(wnm.base, "wnm_active")), "the lock");
  expect((await wnm.run(HEALTH)).code).toBe(0);
  holder.kill("SIGKILL");
  await holder.exited;
  expect((await wnm.run(HEALTH)).code).toBe(2);
});

test("a survey is refused together with health", async () => {
  await using wnm = await aColony();
  const { code, stderr } = await wnm.run([...HEALTH, "--force_action=survey"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("which asks no node")]);
});

test("a run that cannot write to the database is known from what it noted beside it", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  wnm.sql("DROP TABLE storage");
  expect((await wnm.run([])).code).not.toBe(0);
  const { code, stdout } = await wnm.run([...HEALTH, "--json"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout).findings).toMatchObject([
    {
      key: "run-refused",
      sentence: expect.stringContaining("no such table: storage"),
      cure: "wnm --report doctor",
    },
  ]);
});

test("a failed fetch in a colony of antnodes has a cure that fetches antnode, not the other generation", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  expect((await wnm.run(["--get_node", "latest", "--node_mirror=http://127.0.0.1:9"])).code).not.toBe(0);
  const { stdout } = await wnm.run([...HEALTH, "--json"]);
  expect(JSON.parse(stdout).findings).toMatchObject([
    { key: "node-program-not-fetched", cure: "wnm --get_node latest --node_software antnode" },
  ]);
});
