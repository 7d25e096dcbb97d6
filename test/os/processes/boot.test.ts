import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasRebooted } from "../../../src/observe/measure.ts";
import { uuidIn } from "../../../src/os/processes/boot.ts";
import { aConfig, quietMetrics } from "../../support/builders.ts";

const UUID = "1b2c3d4e-5f60-4718-8a9b-0c1d2e3f4a5b";
const HOST = join(import.meta.dir, "../../../src/host/linux.ts");

test("only a UUID is a boot id", () => {
  expect(uuidIn(`${UUID}\n`)).toBe(UUID);
  expect(uuidIn(UUID.toUpperCase())).toBe(UUID.toUpperCase());
  for (const text of [undefined, "", "\n", "garbage", `${UUID} ${UUID}`, UUID.slice(1), `x${UUID}`])
    expect(uuidIn(text)).toBeUndefined();
});

/** The counters that wnm reads while the kernel's file contains this text. Needs root, for a mount namespace. */
function countersWhere(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "wnm-boot-"));
  try {
    const program = `import { readCounters } from ${JSON.stringify(HOST)}; console.log(JSON.stringify(readCounters(undefined)));`;
    const inside =
      'printf %s "$1" >"$2" && mount --bind "$2" /proc/sys/kernel/random/boot_id && exec "$3" -e "$4"';
    const words = [text, join(folder, "boot_id"), process.execPath, program];
    const { stdout } = Bun.spawnSync(["unshare", "-m", "sh", "-c", inside, "sh", ...words]);
    return JSON.parse(stdout.toString());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(["", "garbage\n"])("a boot id that reads %j is unknown, and the uptime shows a reboot", (text) => {
  const counters = countersWhere(text);
  expect(counters.boot_id).toBe("unknown");
  const before = { ...counters, boot_id: UUID };
  const now = { metrics: quietMetrics, counters };
  expect(hasRebooted({ ...before, uptime: counters.uptime - 60 }, now, aConfig(), [])).toBe(false);
  expect(hasRebooted({ ...before, uptime: counters.uptime + 60 }, now, aConfig(), [])).toBe(true);
});
