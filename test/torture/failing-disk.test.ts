import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

/** The long form fails every one of the calls, the short form every STEP-th. */
const LONG = process.env.WNM_TORTURE === "long";
const STEP = LONG ? 1 : 7;

setDefaultTimeout(LONG ? 3_600_000 : 240_000);

const WRITES = "write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,mkdir,copy_file_range,fchmod,chmod";

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=9");
  await wnm.ok(["--force_action", "add"]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

async function traced(args: readonly string[], inject: readonly string[]) {
  const log = join(wnm.home, "trace");
  ageSample(wnm);
  const strace = ["strace", "-qq", "-o", log, "-e", `trace=${WRITES}`, ...inject];
  const child = Bun.spawn([...strace, wnm.binary, ...args], {
    env: { HOME: wnm.home },
    stdout: "ignore",
    stderr: "pipe",
  });
  const stderr = await child.stderr.text();
  const code = await child.exited;
  const calls = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /^\w+\(/.test(line)).length;
  return { code, stderr, calls };
}

test.each(["EIO", "ENOSPC", "EDQUOT", "EROFS"])(
  "%s at each write of an add: an error in words, then one more run, and all agree",
  async (error) => {
    const { calls } = await traced(["--force_action", "add"], []);
    await wnm.run(["--force_action", "remove"]);
    const damage: string[] = [];
    let faults = 0;
    for (let at = 1 + Math.floor(Math.random() * STEP); at <= calls; at += STEP) {
      const ended = await traced(
        ["--force_action", "add"],
        ["-e", `inject=${WRITES}:error=${error}:when=${at}`],
      );
      faults++;
      if (/ {4}at |This is a bug/.test(ended.stderr)) damage.push(`call ${at}: ${ended.stderr}`);
      if (ended.code !== 0 && ended.stderr === "" && at > 2)
        damage.push(`call ${at}: exit ${ended.code} without a word`);
      ageSample(wnm);
      await wnm.run(["--node_cap=1", "--delay_remove=0"]);
      const left = disagreements(wnm);
      if (left.length > 0) damage.push(`call ${at} of ${calls}: ${left.join("; ")}`);
      await wnm.run(["--force_action", "update_config", "--node_cap=9"]);
      if (wnm.nodes().length > 2) await wnm.run(["--force_action", "remove", "--count=1"]);
    }
    process.stderr.write(`torture: ${error} at ${faults} of ${calls} writes, ${damage.length} left damage\n`);
    expect(damage).toEqual([]);
  },
);

test("storage that turns read-only: nothing is lost, each run says so, and it goes on when it can be written again", async () => {
  const storage = join(wnm.base, "node");
  await $`mount --bind ${storage} ${storage} && mount -o remount,bind,ro ${storage}`.quiet();
  try {
    const before = wnm.nodes().length;
    for (const args of [
      ["--force_action", "add"],
      ["--force_action", "remove"],
    ]) {
      ageSample(wnm);
      const { code, stderr } = await wnm.run(args);
      expect(code).toBe(3);
      expect(stderr).toMatch(/cannot be (made|removed|written)|[Rr]ead-only/);
      expect(stderr).not.toContain("    at ");
    }
    expect(wnm.nodes().length).toBeGreaterThanOrEqual(before - 1);
  } finally {
    await $`umount -l ${storage}`.quiet();
  }
  await wnm.run(["--delay_remove=0"]);
  ageSample(wnm);
  await wnm.run([]);
  expect(disagreements(wnm)).toEqual([]);
});
