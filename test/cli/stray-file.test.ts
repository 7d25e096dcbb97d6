import { expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { until } from "../support/until.ts";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("a file in place of a running node's folder is reported as such, until the folder is back", async () => {
  await using wnm = await aColony("--node_cap=1");
  await until(async () => {
    await wnm.run([]);
    return wnm.nodes()[0]?.status === "RUNNING";
  }, "a node to run");
  const root = String(wnm.nodes()[0]?.root_dir);
  const keys = async (): Promise<readonly string[]> => {
    await wnm.run([]);
    const { stdout } = await wnm.run(["--report=health", "--json"]);
    return JSON.parse(stdout).findings.map(({ key }: { key: string }) => key);
  };
  renameSync(root, `${root}.away`);
  writeFileSync(root, "");
  const found = await keys();
  expect(found).toContain("node-folder-unknown");
  expect(found).not.toContain("node-stands-open");
  rmSync(root);
  renameSync(`${root}.away`, root);
  expect(await keys()).not.toContain("node-folder-unknown");
});
