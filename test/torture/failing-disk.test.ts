import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { randomOf } from "../support/seed.ts";
import { aColony, aHome, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

/** The long form makes every call fail, the short form every STEP-th. */
const LONG = process.env.WNM_TORTURE === "long";
const STEP = LONG ? 1 : 7;

const random = randomOf("failing-disk");

setDefaultTimeout(LONG ? 3_600_000 : 1_200_000);

const WRITES = "write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,mkdir,copy_file_range,fchmod,chmod";

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=9");
  await wnm.ok(["--force_action", "add"]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

async function traced(args: readonly string[], inject: readonly string[], of: Wnm = wnm) {
  const log = join(of.home, "trace");
  if (existsSync(of.database)) ageSample(of);
  const strace = ["strace", "-qq", "-o", log, "-e", `trace=${WRITES}`, ...inject];
  const child = Bun.spawn([...strace, of.binary, ...args], {
    env: { HOME: of.home },
    stdout: "ignore",
    stderr: "pipe",
  });
  const stderr = await child.stderr.text();
  const code = await child.exited;
  const made = readFileSync(log, "utf8")
    .split("\n")
    .flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
  const by_call = [...Map.groupBy(made, (call) => call)].map(([call, all]) => [call, all.length] as const);
  return { code, stderr, calls: made.length, by_call };
}

test.each(["EIO", "ENOSPC", "EDQUOT", "EROFS"])(
  "after %s at any write of an add there is an error message, and one more run makes everything agree",
  async (error) => {
    const { calls } = await traced(["--force_action", "add"], []);
    await wnm.run(["--force_action", "remove"]);
    const damage: string[] = [];
    let faults = 0;
    for (let at = 1 + Math.floor(random() * STEP); at <= calls; at += STEP) {
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

/** The actions, and how the colony is prepared before each fault. */
const SCENES: Readonly<Record<string, { args: () => readonly string[]; ready: () => Promise<unknown> }>> = {
  "a removal": {
    args: () => ["--force_action", "remove", "--service_name=2"],
    ready: async () => {
      const missing = 2 - wnm.nodes().length;
      if (missing > 0) await wnm.ok(["--force_action", "add", `--count=${missing}`]);
    },
  },
  "an upgrade": {
    args: () => [
      ...["--force_action", "upgrade", "--service_name=1"],
      ...["--antnode_path", join(wnm.home, "new/antnode")],
    ],
    ready: async () => {
      await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
      await wnm.run(["--force_action", "remove", "--count=9", "--confirm"]);
      rmSync(join(wnm.base, "programs"), { recursive: true, force: true });
      await wnm.ok(["--force_action", "add", "--antnode_path", join(wnm.home, ".local/bin/antnode")]);
    },
  },
};

test.each(Object.keys(SCENES))(
  "after I/O errors and full disks at the writes of %s there is an error message, and one more run makes everything agree",
  async (name) => {
    const scene = SCENES[name];
    if (scene === undefined) throw new Error(name);
    await scene.ready();
    const { by_call } = await traced(scene.args(), []);
    const damage: string[] = [];
    let faults = 0;
    for (const [call, count] of by_call) {
      for (let at = 1; at <= count; at += Math.max(STEP, Math.ceil((STEP * count) / 10))) {
        const error = faults % 2 === 0 ? "EIO" : "ENOSPC";
        await scene.ready();
        const ended = await traced(scene.args(), ["-e", `inject=${call}:error=${error}:when=${at}`]);
        faults++;
        const where = `${error} at ${call} ${at} of ${count}`;
        if (/ {4}at |This is a bug|not tried again/.test(ended.stderr))
          damage.push(`${where}: ${ended.stderr}`);
        for (let run = 0; run < 2 && (run === 0 || disagreements(wnm).length > 0); run++) {
          ageSample(wnm);
          await wnm.run(["--node_cap=1", "--delay_remove=0"]);
        }
        const left = disagreements(wnm);
        if (left.length > 0) damage.push(`${where}: ${left.join("; ")}`);
      }
    }
    process.stderr.write(`torture: ${faults} faults at writes of ${name}, ${damage.length} left damage\n`);
    expect(damage).toEqual([]);
  },
);

test("after I/O errors and full disks at the writes of an init there is no colony or a complete one", async () => {
  await using fresh = await aHome();
  const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+user"];
  const { by_call } = await traced(init, [], fresh);
  const damage: string[] = [];
  let faults = 0;
  for (const [call, count] of by_call) {
    for (let at = 1; at <= count; at += Math.max(1, Math.ceil((STEP * count) / 20))) {
      rmSync(join(fresh.home, ".local/share"), { recursive: true, force: true });
      const error = faults % 2 === 0 ? "EIO" : "ENOSPC";
      const ended = await traced(init, ["-e", `inject=${call}:error=${error}:when=${at}`], fresh);
      faults++;
      const again = await fresh.run(init);
      const looked = await fresh.run(["--dry_run"]);
      if (/ {4}at |This is a bug/.test(ended.stderr) || looked.code !== 0)
        damage.push(`${error} at ${call} ${at}: ${ended.stderr}${again.stderr}${looked.stderr}`);
    }
  }
  process.stderr.write(`torture: ${faults} faults at writes of an init, ${damage.length} left damage\n`);
  expect(damage).toEqual([]);
});

test("storage that turns read-only loses nothing, each run reports it, and work continues once it is writable", async () => {
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
  // The wait before the second try of the removal is over.
  wnm.sql("UPDATE node SET failed_at = failed_at - 60");
  await wnm.run(["--delay_remove=0"]);
  ageSample(wnm);
  await wnm.run([]);
  expect(disagreements(wnm)).toEqual([]);
});
