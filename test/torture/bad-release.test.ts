import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { until } from "../support/until.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

let wnm: Wnm;
const tick = (...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};
const upgradeRun = () => tick("--enable_upgrade", "--antnode_path", join(wnm.home, "new/antnode"));
const versions = () => wnm.nodes().map((row) => row.version);
const folderOf = (id: number) => join(wnm.base, `node/antnode000${id}`);

beforeEach(async () => {
  wnm = await aColony("--node_cap=3", "--delay_upgrade=300");
  await wnm.ok(["--force_action", "add", "--count=3"]);
  await until(async () => {
    await tick();
    return wnm.nodes().every((row) => row.status === "RUNNING");
  }, "three running nodes");
});
afterEach(() => wnm[Symbol.asyncDispose]());

/** The old version runs everywhere, the new one is remembered, and no later run tries it. */
async function oneNodeWasHurt(): Promise<void> {
  expect(versions()).toEqual(["0.4.17", "0.4.17", "0.4.17"]);
  const { stderr } = await upgradeRun();
  expect(stderr).toContain("version 0.4.18 is not tried again, because it failed");
  expect(versions()).toEqual(["0.4.17", "0.4.17", "0.4.17"]);
  expect(disagreements(wnm)).toEqual([]);
}

test("a new program that does not start is replaced by the node's old one at once", async () => {
  const path = join(wnm.home, "new/antnode");
  await buildAntnode(path, "0.4.18");
  rmSync(path);
  // It prints its version and flags like a good one, and then does not run.
  const good = join(wnm.home, "good/antnode");
  await buildAntnode(good, "0.4.18");
  const script = `#!/bin/sh\ncase "$1" in --version|--help) exec "${good}" "$1";; esac\necho "symbol lookup error" >&2\nexit 127\n`;
  writeFileSync(path, script, { mode: 0o755 });
  const { code, stderr } = await upgradeRun();
  expect(code).toBe(3);
  expect(stderr).toContain("version 0.4.17 runs again, and 0.4.18 is not tried again");
  await oneNodeWasHurt();
});

test("a program that cannot be copied does not condemn its version: the node runs on, and the next run upgrades another", async () => {
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  const [before] = wnm.nodes();
  // A folder in place of the copy has the effect of a disk that accepts none.
  const obstacle = join(folderOf(1), "antnode.new");
  mkdirSync(obstacle);
  const { code, stderr } = await upgradeRun();
  expect(stderr).toContain("cannot be copied");
  expect(code).toBe(3);
  expect(wnm.nodes()[0]).toMatchObject({ status: "RUNNING", version: "0.4.17", pid: before?.pid });
  expect(wnm.nodes()[0]?.previous_version).toBeNull();
  expect(disagreements(wnm)).toEqual([]);
  await upgradeRun();
  expect(versions()).toEqual(["0.4.17", "0.4.18", "0.4.17"]);
  // The obstacle is gone, the wait before the second try is over, and the version has proved itself on node 2.
  rmSync(obstacle, { recursive: true });
  wnm.sql("UPDATE node SET failed_at = failed_at - 400, timestamp = timestamp - 400");
  await until(async () => {
    await upgradeRun();
    wnm.sql("UPDATE node SET timestamp = timestamp - 400");
    return versions().every((version) => version === "0.4.18");
  }, "every node to be upgraded");
});

test("a new program that starts and dies later is replaced by the node's old one", async () => {
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  await upgradeRun();
  expect(versions()).toEqual(["0.4.18", "0.4.17", "0.4.17"]);
  await wnm.kill(1);
  expect((await upgradeRun()).stderr).toContain("roll antnode0001 back to 0.4.17");
  await oneNodeWasHurt();
});

test.each([
  ["hangs", { hang: true }],
  ["answers garbage", { garbage: true }],
])(
  "a new program that %s holds back the other nodes and is replaced by the node's old one",
  async (_, faults) => {
    await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
    writeFaults(folderOf(1), faults);
    await upgradeRun();
    await until(async () => {
      await upgradeRun();
      return wnm.nodes()[0]?.silent_since !== null;
    }, "the silence to be noticed");
    expect(versions()).toEqual(["0.4.18", "0.4.17", "0.4.17"]);
    wnm.sql("UPDATE node SET timestamp = timestamp - 400, silent_since = silent_since - 400 WHERE id = 1");
    rmSync(join(folderOf(1), "fake.json"));
    writeFaults(folderOf(1), faults);
    expect((await upgradeRun()).stderr).toContain("roll antnode0001 back to 0.4.17");
    await oneNodeWasHurt();
  },
);

test("a good new program proves itself on one node and then goes to the others", async () => {
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  await upgradeRun();
  await upgradeRun();
  expect(versions()).toEqual(["0.4.18", "0.4.17", "0.4.17"]);
  wnm.sql("UPDATE node SET timestamp = timestamp - 400");
  await upgradeRun();
  expect(wnm.nodes()[0]).toMatchObject({ status: "RUNNING", previous_version: "0.4.17" });
  wnm.sql("UPDATE node SET timestamp = timestamp - 400");
  expect((await upgradeRun()).stderr).toContain("upgrade antnode0002 to 0.4.18");
  expect(existsSync(join(wnm.base, "programs/antnode-0.4.17"))).toBe(true);
});

test("--force_action upgrade retries a version that had failed", async () => {
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  await upgradeRun();
  await wnm.kill(1);
  await upgradeRun();
  expect((await tick("--force_action", "upgrade", "--service_name=2")).code).toBe(0);
  expect(versions()).toEqual(["0.4.17", "0.4.18", "0.4.17"]);
});

test("an old program that is no longer kept is reported once, and no other node waits for it", async () => {
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
  await upgradeRun();
  rmSync(join(wnm.base, "programs/antnode-0.4.17"));
  await wnm.kill(1);
  const first = await upgradeRun();
  expect({ code: first.code, stderr: first.stderr }).toEqual({
    code: 3,
    stderr: expect.stringContaining("is not kept at"),
  });
  expect((await tick()).stderr).not.toContain("roll antnode0001 back");
});
