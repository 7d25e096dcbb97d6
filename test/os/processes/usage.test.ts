import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boundPorts, udpPorts } from "../../../src/os/net/bound-ports.ts";
import { processUsage } from "../../../src/os/processes/usage.ts";
import { until } from "../../support/until.ts";

const home = mkdtempSync(join(tmpdir(), "wnm-usage-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("this process has run a while, has memory, and has used processor time", () => {
  const usage = processUsage(process.pid);
  expect(usage.mem_bytes).toBeGreaterThan(10_000_000);
  expect(usage.cpu_seconds).toBeGreaterThan(0);
  expect(Math.abs(Number(usage.uptime) - process.uptime())).toBeLessThan(60);
  expect(usage.replaced).toBe(false);
});

test("nothing is known of a process that does not exist", () => {
  expect(processUsage(2 ** 22 + 1)).toEqual({
    uptime: undefined,
    mem_bytes: undefined,
    cpu_seconds: undefined,
    replaced: false,
  });
});

test("a program that was overwritten by a rename while running is replaced", async () => {
  const program = join(home, "sleep) 1 (2");
  copyFileSync("/bin/sleep", program);
  const child = Bun.spawn([program, "600"]);
  try {
    await until(() => processUsage(child.pid).mem_bytes !== undefined, "the child to run");
    const { replaced, uptime } = processUsage(child.pid);
    expect([replaced, Number(uptime) < 60]).toEqual([false, true]);
    copyFileSync("/bin/true", `${program}.new`);
    renameSync(`${program}.new`, program);
    expect(processUsage(child.pid).replaced).toBe(true);
  } finally {
    child.kill();
    await child.exited;
  }
});

test("a UDP port counts while it is bound, here and where the process lives", async () => {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
  expect(udpPorts()(process.pid)).toContain(socket.port);
  expect(udpPorts()(undefined)).toContain(socket.port);
  expect(boundPorts()).toContain(socket.port);
  socket.close();
  await until(() => udpPorts()(process.pid)?.has(socket.port) === false, "the port to be free");
  expect(udpPorts()(2 ** 22 + 1)).toBeUndefined();
});
