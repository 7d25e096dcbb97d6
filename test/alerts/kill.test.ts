import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../fixtures/receiver.ts";
import { aColony } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const CALLS =
  "statx,openat,connect,write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync,rename,renameat2,unlink,unlinkat,fchmod,flock,close";

test("a run killed at any call of its sending never sends an alert twice, and one that may be lost is a finding", async () => {
  using receiver = startReceiver();
  await using wnm = await aColony("--node_cap=0", `--alert_url=${receiver.url}/x`);
  await wnm.ok([]);
  const storage = join(wnm.base, "node");
  renameSync(storage, `${storage}.away`);
  const log = join(wnm.home, "trace");
  const memory = `${wnm.database}.alerts`;
  const forget = () => {
    rmSync(memory, { force: true });
    receiver.received.length = 0;
  };
  const traced = async (at?: Point): Promise<readonly string[]> => {
    forget();
    const inject = at === undefined ? [] : ["-e", `inject=${at.call}:signal=SIGKILL:when=${at.nth}`];
    const argv = ["strace", "-qq", "-o", log, "-e", `trace=${CALLS}`, ...inject, wnm.binary];
    await Bun.spawn(argv, { env: { HOME: wnm.home }, stdout: "ignore", stderr: "ignore" }).exited;
    return readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => /^\w+\(/.test(line));
  };
  const calls = await traced();
  expect(receiver.received).toHaveLength(1);
  const from = calls.findIndex((line) => line.includes("colony.db.alerts.lock"));
  const points = pointsIn(calls).slice(from);
  expect(points.length).toBeGreaterThan(30);
  let lost = 0;
  for (const point of points) {
    const { length: made } = await traced(point);
    expect({ point, made, was_killed: made < calls.length }).toMatchObject({ was_killed: true });
    for (let i = 0; i < 2; i++) await wnm.run([]);
    const { length } = receiver.received;
    expect({ point, length, most: length <= 1 }).toMatchObject({ most: true });
    if (length === 1) continue;
    lost++;
    expect(readFileSync(memory, "utf8")).toContain("the run was killed while it sent");
  }
  // After the note is in place, and before the first byte, wnm only looks for older copies of the note.
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThanOrEqual(4);
});

type Point = { readonly call: string; readonly nth: number };

/** The calls of a trace as strace counts them: by name. */
function pointsIn(calls: readonly string[]): readonly Point[] {
  const counts = new Map<string, number>();
  return calls.map((line) => {
    const call = line.slice(0, line.indexOf("("));
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    return { call, nth };
  });
}
