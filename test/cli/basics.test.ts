import { expect, setDefaultTimeout, test } from "bun:test";
import { aColony, aHome } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("before init every command says how to begin and exits with 4", async () => {
  await using wnm = await aHome();
  for (const args of [[], ["--dry_run"], ["--report", "node-status"], ["--force_action", "nullop"]]) {
    const { code, stderr } = await wnm.run(args);
    expect(stderr).toContain("wnm --init --rewards_address");
    expect(code).toBe(4);
  }
});

test("a node can be added, reported and removed", async () => {
  await using wnm = await aColony();
  await wnm.ok(["--force_action", "add"]);
  expect(wnm.nodes()).toHaveLength(1);
  const { stdout } = await wnm.ok(["--report", "node-status"]);
  expect(stdout).toContain("antnode0001.service");
  await wnm.ok(["--force_action", "remove"]);
  expect(wnm.nodes()).toHaveLength(0);
});
