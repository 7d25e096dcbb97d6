import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "../torture/agreement.ts";

setDefaultTimeout(300_000);

const tick = (wnm: Wnm, ...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};
const statuses = (wnm: Wnm) => wnm.nodes().map((row) => `${row.id} ${row.status}`);
const data = (wnm: Wnm, id: number): string => join(wnm.base, `node/antnode000${id}/record_store/kept`);

/** A colony of running nodes, the last of them the youngest, whose data differ from those of new ones. */
async function running(count: number, ...args: readonly string[]): Promise<Wnm> {
  const wnm = await aColony(`--node_cap=${count}`, ...args);
  await wnm.ok(["--force_action", "add", `--count=${count}`]);
  wnm.sql("UPDATE node SET status = 'RUNNING', wanted_with = 'RUNNING ' || timestamp, age = age + id");
  for (let id = 1; id <= count; id++) writeFileSync(data(wnm, id), "");
  return wnm;
}

test("a node_cap lowered by mistake and raised again costs no node its data, and the node runs again", async () => {
  await using wnm = await running(3, "--delay_remove=3600");
  expect((await tick(wnm, "--node_cap=2")).stderr).toContain("stop, then remove, antnode0003");
  expect(statuses(wnm)).toContain("3 REMOVING");
  const back = await tick(wnm, "--node_cap=3", "--delay_remove=0");
  expect(back.stderr).toContain(
    "antnode0003 stays: neither node_cap nor a full disk asks for its removal any more",
  );
  expect(back.stderr).toContain("start antnode0003: its removal was cancelled");
  await tick(wnm);
  expect(statuses(wnm)).toEqual(["1 RUNNING", "2 RUNNING", "3 RUNNING"]);
  expect(existsSync(data(wnm, 3))).toBe(true);
  expect(disagreements(wnm)).toEqual([]);
});

test("a crashed node is not deleted in place of the youngest, nor at once", async () => {
  await using wnm = await running(3, "--delay_remove=3600");
  await wnm.kill(1);
  await tick(wnm, "--node_cap=2");
  expect(statuses(wnm)).toContain("3 REMOVING");
  await tick(wnm);
  expect([1, 2, 3].map((id) => existsSync(data(wnm, id)))).toEqual([true, true, true]);
});

test("a failed removal is reported once and waits while another node is restarted, and is done as soon as its cause is gone", async () => {
  await using wnm = await running(3);
  const logs = join(wnm.base, "logs/antnode0003");
  renameSync(logs, join(wnm.home, "elsewhere"));
  symlinkSync(join(wnm.home, "elsewhere"), logs);
  await tick(wnm, "--node_cap=2");
  const failed = await tick(wnm);
  expect(failed.code).toBe(3);
  expect(failed.stderr).toMatch(/ERROR .*remove failed: .*logs\/antnode0003 is not removed/);
  await wnm.kill(1);
  const meanwhile = await tick(wnm);
  expect(meanwhile.code).toBe(0);
  expect(meanwhile.stderr).toContain("start antnode0001");
  expect(meanwhile.stderr).not.toContain("remove failed");
  expect(wnm.nodes()[2]).toMatchObject({ status: "REMOVING", failures: 1, failed_action: "remove" });
  const idle = await tick(wnm);
  expect(idle.stderr).toMatch(/remove of antnode0003 is tried again in \d+ s/);
  // Its time has come, and it fails as before: in addition to other actions, and without being reported again.
  wnm.sql("UPDATE node SET failed_at = failed_at - 60 WHERE id = 3");
  await wnm.kill(2);
  const again = await tick(wnm);
  expect(again.code).toBe(3);
  expect(again.stderr).toContain("start antnode0002");
  expect(again.stderr).not.toContain("ERROR");
  expect(wnm.nodes()[2]).toMatchObject({ failures: 2 });
  rmSync(logs);
  expect((await tick(wnm)).stderr).toContain("remove antnode0003");
  expect(statuses(wnm)).toEqual(["1 RUNNING", "2 RUNNING"]);
});

test("memory above its threshold stops nodes while a removal waits, even with upgrades allowed, and deletes none", async () => {
  await using wnm = await running(3, "--delay_remove=3600");
  await tick(wnm, "--node_cap=2");
  wnm.sql("UPDATE node SET version = '0.0.1'");
  for (let run = 0; run < 3; run++)
    await tick(wnm, "--enable_upgrade", "--mem_less_than=0", "--mem_remove=1");
  expect(statuses(wnm)).toEqual(["1 STOPPED", "2 STOPPED", "3 REMOVING"]);
  expect([1, 2, 3].map((id) => existsSync(data(wnm, id)))).toEqual([true, true, true]);
});
