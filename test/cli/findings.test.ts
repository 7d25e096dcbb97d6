import { expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("the log reports a finding when it begins and when it is over, and every result of a run includes it", async () => {
  await using wnm = await aColony("--node_cap=1");
  const program = join(wnm.home, ".local/bin/antnode");
  renameSync(program, `${program}.away`);
  const missing = "ERROR [root] No node can be added: ";
  expect((await wnm.run([])).stderr).toContain(missing);
  const second = await wnm.run(["--json"]);
  expect(second.stderr).not.toContain(missing);
  expect(JSON.parse(second.stdout).findings).toMatchObject([
    { key: "no-node-program", severity: "bad", since: expect.any(Number) },
  ]);
  expect((await wnm.run(["--force_action", "survey"])).stderr).toContain(missing);
  renameSync(`${program}.away`, program);
  expect((await wnm.ok([])).stderr).toContain("INFO [root] Over: No node can be added: ");
  expect((await wnm.ok([])).stderr).not.toContain("No node can be added");
});

test("a run that refuses to work is recorded until a run works", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  const storage = join(wnm.base, "node");
  renameSync(storage, `${storage}.away`);
  expect((await wnm.run([])).code).toBe(5);
  expect((await wnm.run([])).code).toBe(5);
  expect((await wnm.ok(["--report", "prometheus"])).stdout).toContain(
    'wnm_last_run_info{status="refused"} 1',
  );
  renameSync(`${storage}.away`, storage);
  expect((await wnm.ok([])).stderr).toContain("Over: wnm is not working: ");
});

test("a refusal because of the storage comes with the command that restores it", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  const marker = join(wnm.base, "node/.wnm-storage");
  rmSync(marker);
  expect((await wnm.run([])).code).toBe(5);
  const health = await wnm.run(["--report", "health", "--json"]);
  const [{ key, cure }] = JSON.parse(health.stdout).findings;
  expect([key, cure]).toEqual(["run-refused", expect.stringContaining(` > ${marker}`)]);
  expect(Bun.spawnSync(["sh", "-c", cure]).exitCode).toBe(0);
  expect((await wnm.ok([])).stderr).toContain("Over: wnm is not working: ");
});

test("the doctor does not send its reader to the doctor", async () => {
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok([]);
  wnm.sql(
    "INSERT INTO finding VALUES ('run-refused', 0, '', 'bad', 0, 1, 'wnm is not working: why', 'wnm --report doctor')",
  );
  const refused = async (report: string) =>
    JSON.parse((await wnm.run(["--report", report, "--json"])).stdout).findings.find(
      ({ key }: { key: string }) => key === "run-refused",
    );
  expect((await refused("health")).cure).toBe("wnm --report doctor");
  expect(await refused("doctor")).not.toHaveProperty("cure");
});

test("deaths of the last hour, and the disk's last week, are found from what was stored", async () => {
  await using wnm = await aColony("--node_cap=1");
  const used = Number(
    JSON.parse((await wnm.ok(["--report=machine-metrics", "--json"])).stdout).used_hd_percent,
  );
  const limit = Math.ceil(used) + 4;
  await wnm.ok([`--hd_remove=${limit}`, `--hd_less_than=${limit - 1}`, "--force_action=add"]);
  const now = Math.floor(Date.now() / 1000);
  wnm.sql("UPDATE node SET crashes = 3");
  for (const ago of [3000, 2000, 1000])
    wnm.sql("INSERT INTO event (at, node, kind, reason) VALUES (?, 1, 'died', 'exit 1')", now - ago);
  // It fills by one percent a day, so it reaches hd_remove in four or five days.
  for (let hour = 120; hour > 0; hour--)
    wnm.sql(
      "INSERT OR REPLACE INTO machine_hour (began_at, used_hd_percent) VALUES (?, ?)",
      (Math.floor(now / 3600) - hour) * 3600,
      Math.max(0, used - hour / 24),
    );
  wnm.sql("UPDATE sample SET taken_at = taken_at - 3600, uptime = uptime - 3600");
  const { code, stdout } = await wnm.run(["--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).findings).toMatchObject([
    { key: "node-dies", node: 1, sentence: expect.stringContaining("died 3 times in the last hour") },
    { key: "disk-fills", sentence: expect.stringContaining(`reaches hd_remove ${limit} % in about `) },
  ]);
  expect((await wnm.run(["--report", "health"])).code).toBe(2);
  // The disk is checked once an hour, and its finding stays in the runs between.
  expect(JSON.parse((await wnm.run(["--json"])).stdout).findings).toHaveLength(2);
});
