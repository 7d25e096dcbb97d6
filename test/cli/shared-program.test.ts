import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("plain nodes of one version share one file, and a changed or removed node leaves the others theirs", async () => {
  await using wnm = await aColony("--node_cap=3");
  for (let nodes = 0; nodes < 3; nodes++) await wnm.ok(["--force_action=add"]);
  const files = () => wnm.nodes().map(({ binary }) => statSync(String(binary)));
  const first = files();
  expect([new Set(first.map(({ ino }) => ino)).size, first[0]?.nlink]).toEqual([1, 3]);

  const fresh = await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  for (const id of [1, 2])
    await wnm.ok(["--force_action=upgrade", `--service_name=${id}`, "--antnode_path", fresh]);
  const [one, two, three] = files();
  expect([one?.ino === two?.ino, one?.nlink, three?.ino, three?.nlink]).toEqual([true, 2, first[0]?.ino, 1]);
  expect(statSync(fresh).nlink).toBe(1);
  expect(wnm.nodes().map(({ version, strange_program }) => [version, strange_program])).toEqual([
    ["0.4.18", null],
    ["0.4.18", null],
    ["0.4.17", null],
  ]);

  await wnm.ok(["--force_action=remove", "--service_name=1"]);
  await wnm.ok(["--force_action=restart", "--service_name=2"]);
  expect(files().map(({ nlink }) => nlink)).toEqual([1, 1]);
});
