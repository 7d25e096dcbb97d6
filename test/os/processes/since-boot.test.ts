import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secondsSinceBoot } from "../../../src/os/processes/since-boot.ts";

const SOURCES = join(import.meta.dir, "../../../src/os/processes");

test("the time since boot is the kernel's, has fractions, and advances", () => {
  const shown = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const [first, second] = [secondsSinceBoot(), secondsSinceBoot()];
  expect(Math.abs(first - shown)).toBeLessThan(30);
  expect(second).toBeGreaterThanOrEqual(first);
  expect(Number.isInteger(first)).toBe(false);
});

test("a container whose /proc/uptime restarts changes neither the time nor the age of a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-uptime-"));
  try {
    writeFileSync(join(folder, "uptime"), "12.00 20.00\n");
    const program = `
      import { secondsSinceBoot } from ${JSON.stringify(join(SOURCES, "since-boot.ts"))};
      import { processUsage } from ${JSON.stringify(join(SOURCES, "usage.ts"))};
      console.log(JSON.stringify([secondsSinceBoot(), processUsage(${process.pid}).uptime]));`;
    const inside = 'mount --bind "$1" /proc/uptime && exec "$2" -e "$3"';
    const words = [join(folder, "uptime"), process.execPath, program];
    const { stdout } = Bun.spawnSync(["unshare", "-m", "sh", "-c", inside, "sh", ...words]);
    const [since_boot, age] = JSON.parse(stdout.toString());
    expect(Math.abs(since_boot - secondsSinceBoot())).toBeLessThan(60);
    expect(Math.abs(age - process.uptime())).toBeLessThan(60);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
