import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { acquireLock } from "../../src/os/lock/lock.ts";
import { lockPaths } from "../../src/os/paths.ts";
import { aColony, type Ended, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** Five nodes. */
let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=5", "--log_format=text");
  await wnm.ok(["--force_action=add", "--count=5"]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

const UNCONFIRMED = 5;
const statuses = () => wnm.nodes().map(({ status }) => status);

describe("an action that costs more than three nodes needs --confirm", () => {
  test.each([
    [["--node_cap=1"], "this stops 4 nodes, then removes them with .*: the youngest first"],
    [["--force_action=update_config", "--node_cap=1"], "this stops 4 nodes, then removes them"],
    [["--node_cap=0"], "this stops 5 nodes; the data stay. To take it back: wnm --node_cap 5"],
    [
      ["--force_action=remove", "--count=4"],
      "this removes 4 nodes now, with their data.*cannot be taken back",
    ],
    [
      ["--force_action=stop", "--count=9"],
      "this stops 5 nodes now; .*--force_action start --service_name 1,2",
    ],
    [["--force_action=disable", "--service_name=1,2,3,4"], "--force_action enable --service_name 1,2,3,4"],
    [
      ["--force_action=upgrade", "--service_name=1,2,3,4"],
      "this upgrades 4 nodes now, without a trial on one",
    ],
  ])("%p", async (args, sentence) => {
    const before = [wnm.machine().node_cap, statuses()];
    const { code, stderr } = await wnm.run(args);
    expect(stderr).toMatch(new RegExp(sentence));
    expect(stderr).toContain("Give --confirm");
    expect(code).toBe(UNCONFIRMED);
    expect([wnm.machine().node_cap, statuses()]).toEqual(before);
    const dry = await wnm.ok([...args, "--dry_run"]);
    if (!args[0]?.endsWith("update_config")) expect(dry.stderr).toMatch(new RegExp(`Cost: .*${sentence}`));
    expect((await wnm.ok(["--report=health", "--json"])).stdout).not.toContain("run-refused");
  });

  test("for up to three nodes the cost is reported and the action done, and stored settings are reported", async () => {
    const { stderr } = await wnm.ok(["--node_cap=4", "--max_concurrent_operations=0"]);
    expect(stderr).toMatch(/INFO node_cap 5 → 4 stored$/m);
    expect(stderr).toMatch(
      /INFO this stops 1 node, then removes them .*To take it back before that: wnm --node_cap 5$/m,
    );
    expect((await wnm.ok(["--force_action=update_config", "--node_cap=5"])).stderr).toMatch(
      /^\S+Z INFO node_cap 4 → 5 stored\n$/,
    );
  });

  test("a lower cap from a file does not stop cron's run", async () => {
    await Bun.write(join(wnm.home, ".local/share/wnm/config"), "node_cap=1\n");
    try {
      expect((await wnm.run([])).code).toBe(0);
      expect(wnm.machine().node_cap).toBe(1);
    } finally {
      await Bun.file(join(wnm.home, ".local/share/wnm/config")).delete();
      await wnm.ok(["--node_cap=5"]);
    }
  });

  test("a restart passes by itself, so its cost is reported and it is done", async () => {
    const { stderr } = await wnm.ok(["--force_action=restart", "--count=4"]);
    expect(stderr).toMatch(/INFO this restarts 4 nodes now, one after another; .*the data stay$/m);
    expect(stderr.match(/INFO restart antnode/g)).toHaveLength(4);
  });

  test("with --confirm the action is done", async () => {
    const { stderr } = await wnm.ok(["--force_action=stop", "--count=5", "--confirm"]);
    expect(stderr).toContain("this stops 5 nodes now");
    expect(statuses()).toEqual(Array.from({ length: 5 }, () => "STOPPED"));
  });
});

describe("a command by hand during another run", () => {
  const held = () =>
    acquireLock(lockPaths(wnm.database), { description: "pid 1, a run of cron", looks_for: 600 });

  test("says who holds the lock, and continues once the other run has ended", async () => {
    let lock: Disposable | undefined = held();
    const child = wnm.start(["--force_action=nullop"]);
    const decoder = new TextDecoder();
    let said = "";
    for await (const chunk of child.stderr) {
      said += decoder.decode(chunk);
      if (!said.includes("a run of cron")) continue;
      lock?.[Symbol.dispose]();
      lock = undefined;
    }
    expect(said).toMatch(/INFO Waits for up to 10 s: wnm still running: pid 1, a run of cron/);
    expect(await child.exited).toBe(0);
  });

  test("exits with 75 after ten seconds, while cron's run exits at once", async () => {
    using _lock = held();
    const cron: Ended = await wnm.run([]);
    expect(cron.code).toBe(75);
    expect(cron.stderr).not.toContain("Waits");
    const between = performance.now();
    expect((await wnm.run(["--force_action=nullop"])).code).toBe(75);
    expect(performance.now() - between).toBeGreaterThan(10_000);
  });
});
