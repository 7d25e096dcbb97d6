import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { randomOf } from "../support/seed.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";
import { statesIn, untold } from "./told.ts";

/** The long form kills at every call, the short form at every STEP-th, starting from a different one each time. */
const LONG = process.env.WNM_TORTURE === "long";
const STEP = LONG ? 1 : 23;

const random = randomOf("kill-at-syscall");

setDefaultTimeout(LONG ? 3_600_000 : 1_200_000);

/** Every call that changes something outside: writes, renames, deletes, spawns, signals. */
const CALLS =
  "write,pwrite64,writev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,copy_file_range,sendfile,ioctl,clone,clone3,vfork,kill";

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap=3");
  await buildAntnode(join(wnm.home, "new/antnode"), "0.4.18");
});
afterAll(() => wnm[Symbol.asyncDispose]());

/** Runs wnm under strace, which does not follow children, so nodes are not affected. */
async function traced(args: readonly string[], inject: readonly string[]): Promise<number> {
  const log = join(wnm.home, "trace");
  const child = Bun.spawn(
    ["strace", "-qq", "-o", log, "-e", `trace=${CALLS}`, ...inject, wnm.binary, ...args],
    {
      env: { HOME: wnm.home },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    },
  );
  await child.exited;
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /^\w+\(/.test(line)).length;
}

/** A call that does not need to spend a second on measuring. */
const quick = (...args: readonly string[]) => {
  ageSample(wnm);
  return wnm.run(args);
};

/** Returns the colony to two running nodes of the old version. */
async function reset(): Promise<void> {
  const old = `--antnode_path=${join(wnm.home, ".local/bin/antnode")}`;
  const odd = wnm.nodes().filter((row) => row.id !== 1 && row.id !== 2);
  const changed = wnm.nodes().some((row) => row.version !== "0.4.17" || row.previous_version !== null);
  if (changed) await quick("--force_action", "remove", "--count=9", "--confirm");
  else if (odd.length > 0)
    await quick("--force_action", "remove", `--service_name=${odd.map((row) => row.id).join()}`);
  wnm.sql("DELETE FROM bad_version");
  await wnm.ok(["--force_action", "update_config", "--node_cap=3", old]);
  await quick("--force_action", "enable", "--service_name=1");
  await quick("--force_action", "start", "--count=9");
  const missing = 2 - wnm.nodes().length;
  if (missing > 0) await quick("--force_action", "add", `--count=${missing}`);
  wnm.sql("UPDATE node SET status = 'RUNNING', crashes = 0");
  ageSample(wnm);
}

const SCENES: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["add", ["--force_action", "add"]],
  ["stop", ["--force_action", "stop", "--service_name=1"]],
  ["restart", ["--force_action", "restart", "--service_name=1"]],
  ["disable", ["--force_action", "disable", "--service_name=1"]],
  ["remove", ["--force_action", "remove", "--service_name=2"]],
  ["upgrade", ["--force_action", "upgrade", "--service_name=1", "--antnode_path=NEW"]],
  ["shed", ["--node_cap=1"]],
];

test.each(SCENES)(
  "%s, killed at each call that changes something: one more run makes everything agree, including events and states",
  async (name, args) => {
    const words = args.map((word) => word.replace("NEW", join(wnm.home, "new/antnode")));
    await reset();
    const total = await traced(words, []);
    expect(total).toBeGreaterThan(5);
    const damage: string[] = [];
    let kills = 0;
    for (let at = 1 + Math.floor(random() * STEP); at <= total; at += STEP) {
      await reset();
      const before = statesIn(wnm.database);
      await traced(words, ["-e", `inject=${CALLS}:signal=SIGKILL:when=${at}`]);
      kills++;
      const told = untold(wnm.database, before);
      const after = await quick();
      const left = [...told, ...disagreements(wnm), ...untold(wnm.database, before)];
      if (left.length > 0 || after.code !== 0)
        damage.push(`call ${at} of ${total}: exit ${after.code}: ${left.join("; ")} ${after.stderr}`);
    }
    process.stderr.write(
      `torture: ${name} killed at ${kills} of ${total} calls, ${damage.length} left damage\n`,
    );
    expect(damage).toEqual([]);
  },
);
