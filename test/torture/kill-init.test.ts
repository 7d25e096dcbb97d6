import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aHome, ROOMY } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

const STEP = process.env.WNM_TORTURE === "long" ? 1 : 5;
const CALLS =
  "write,pwrite64,writev,ftruncate,fsync,fdatasync,rename,renameat2,unlink,unlinkat,mkdir,mkdirat,chmod,fchmod";

test("after an init killed at any call that changes something, the next init creates the colony or finds it created", async () => {
  await using wnm = await aHome();
  const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+user", ...ROOMY];
  const log = join(wnm.home, "trace");
  const killedAt = async (at: number) => {
    rmSync(join(wnm.home, ".local/share"), { recursive: true, force: true });
    const inject = at === 0 ? [] : ["-e", `inject=${CALLS}:signal=SIGKILL:when=${at}`];
    const argv = ["strace", "-qq", "-o", log, "-e", `trace=${CALLS}`, ...inject, wnm.binary, ...init];
    await Bun.spawn(argv, { env: { HOME: wnm.home }, stdout: "ignore", stderr: "ignore" }).exited;
    return readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => /^\w+\(/.test(line)).length;
  };
  const total = await killedAt(0);
  expect(total).toBeGreaterThan(10);
  for (let at = 1; at <= total; at += STEP) {
    await killedAt(at);
    const again = await wnm.run(init);
    if (again.code !== 0) expect(again.stderr).toContain("Machine already initialized");
    expect(readdirSync(wnm.base).filter((name) => name.endsWith(".new"))).toEqual([]);
    ageSample(wnm);
    const { code, stderr } = await wnm.run(["--dry_run"]);
    expect({ at, code, stderr }).toMatchObject({ at, code: 0 });
    expect(disagreements(wnm)).toEqual([]);
  }
});
