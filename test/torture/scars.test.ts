import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements, livingNodes } from "./agreement.ts";

setDefaultTimeout(300_000);

const tick = (wnm: Wnm, ...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};

test("in a mass failure nothing is stopped or removed, one line says so, and it ends by itself", async () => {
  await using wnm = await aColony(
    "--node_cap=6",
    "--max_concurrent_starts=9",
    "--max_concurrent_operations=9",
  );
  await wnm.ok(["--force_action", "add", "--count=6"]);
  await until(async () => {
    await tick(wnm);
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "six running nodes");
  await wnm.kill(1, 2, 3, 4, 5);
  // At the same time the operator wants fewer nodes and no starts.
  const { stderr, code } = await tick(wnm, "--node_cap=2", "--max_concurrent_starts=0", "--confirm");
  expect(code).toBe(0);
  expect(stderr).toContain("5 of 6 nodes went bad together");
  expect(wnm.nodes()).toHaveLength(6);
  expect(livingNodes(wnm)).toEqual(["antnode0006"]);
  await tick(wnm, "--node_cap=6", "--max_concurrent_starts=9");
  await until(async () => {
    await tick(wnm);
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "all six to be back");
  expect((await tick(wnm, "--node_cap=5")).stderr).toContain("6 nodes > node_cap 5");
});

test("a node that dies at start is retried after 1, 2, 5, 15, 30 and 60 minutes, then hourly, and its last error is in the details", async () => {
  await using wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  await until(async () => {
    await tick(wnm);
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "two running nodes");
  await wnm.ok([
    "--force_action",
    "update_config",
    "--environment",
    `ANTNODE_FAKE='{"die_at_start":{"code":7,"stderr":"disk of glass"}}'`,
  ]);
  await wnm.kill(1);
  expect((await tick(wnm)).stderr).toContain("start failed");
  for (const minutes of [1, 2, 5, 15, 30, 60, 60]) {
    const waits = await tick(wnm);
    expect(waits.stderr).toMatch(
      new RegExp(`antnode0001 is tried again in (${minutes * 60}|${minutes * 60 - 1}|${minutes * 60 - 2}) s`),
    );
    // Other actions are not blocked in the meantime: the neighbour runs, and a new node would be added.
    expect(livingNodes(wnm)).toEqual(["antnode0002"]);
    if (minutes === 15) {
      // A boot in between neither resets the count nor shortens the wait.
      wnm.sql("UPDATE sample SET boot_id = 'of an earlier boot'");
      expect((await tick(wnm)).stderr).toContain("system-rebooted");
      expect((await tick(wnm)).stderr).toMatch(/antnode0001 is tried again in (9|8\d)\d\d? s/);
    }
    wnm.sql("UPDATE node SET timestamp = timestamp - ? WHERE id = 1", minutes * 60);
    const again = await tick(wnm);
    expect(again.stderr).toContain("start antnode0001");
    expect(again.code).toBe(3);
  }
  const details = await wnm.ok(["--report", "node-status-details", "--service_name=1"]);
  expect(details.stdout).toMatch(/Problem: .*exit code 7.*disk of glass/);
  await wnm.ok(["--force_action", "update_config", "--environment="]);
  wnm.sql("UPDATE node SET timestamp = timestamp - 3600 WHERE id = 1");
  await tick(wnm);
  expect(livingNodes(wnm)).toHaveLength(2);
  expect(disagreements(wnm)).toEqual([]);
});

test("of two colonies on one machine, the second skips ports that the first has bound", async () => {
  await using first = await aColony("--node_cap=2");
  await first.ok(["--force_action", "add", "--count=2"]);
  const blocks = ["port_start", "metrics_port_start", "rpc_port_start"].map(
    (name) => `--${name}=${first.machine()[name]}`,
  );
  await using second = await aColony(...blocks, "--node_cap=2");
  ageSample(second);
  await second.ok([]);
  expect(second.nodes().map((row) => row.id)).toEqual([3]);
  expect(join(second.base, "node")).not.toBe(join(first.base, "node"));
});
