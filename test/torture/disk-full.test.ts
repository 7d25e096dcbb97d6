import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, existsSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { aColony } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(60_000);

/** Writes until the disk takes no more. */
function fill(path: string): void {
  const fd = openSync(path, "w");
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) writeSync(fd, Buffer.alloc(size, 7));
    } catch {
      // Full for this size: smaller pieces may still fit.
    }
  }
  closeSync(fd);
}

test("a full disk: nodes are shed, the database stays whole, and it is said", async () => {
  await using wnm = await aColony("--node_cap=2");
  // A disk of its own, as large as two nodes and some room.
  const base = wnm.base;
  const away = `${base}.away`;
  await $`mv ${base} ${away} && mkdir ${base} && mount -t tmpfs -o size=380m,mode=700 tmpfs ${base} && cp -a ${away}/. ${base} && rm -rf ${away}`.quiet();
  try {
    await wnm.ok(["--force_action", "add", "--count=2"]);
    ageSample(wnm);
    await wnm.run([]);
    expect(existsSync(join(base, ".wnm-ballast"))).toBe(true);
    await wnm.ok(["--force_action", "update_config", "--hd_less_than=80", "--hd_remove=90"]);
    fill(join(base, "somebody-elses-file"));
    expect(statfsSync(base).bavail).toBe(0);
    const shed = await wnm.run([]);
    expect(shed.stderr).toContain("is full; wnm gave up its own reserve");
    expect(shed.stderr).toMatch(/antnode0002: hd [\d.]+ % > hd_remove 90 %/);
    expect(shed.code).toBe(0);
    expect((await wnm.run([])).stderr).toContain("remove antnode0002");
    expect(disagreements(wnm)).toEqual([]);
    expect(wnm.nodes()).toHaveLength(1);
  } finally {
    await wnm.run(["--force_action", "remove", "--count=9"]);
    await $`umount -l ${base}`.quiet();
  }
});
