import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner, outputNow } from "../../src/os/command.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";

setDefaultTimeout(300_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-command-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a program that is still being written is waited for", async () => {
  const program = await buildAntnode(join(folder, "antnode"));
  const writing = openSync(program, "r+");
  const asked = commandRunner(folder)([program, "--version"]);
  const first = await Promise.race([asked, Bun.sleep(200).then(() => "it waits")]);
  closeSync(writing);
  expect(first).toBe("it waits");
  expect((await asked).stdout).toContain("Autonomi Node");
});

test("a program that is never finished is an error, and so is a missing one", async () => {
  const program = await buildAntnode(join(folder, "antnode"));
  const writing = openSync(program, "r+");
  await expect(commandRunner(folder)([program, "--version"])).rejects.toThrow(/cannot be run: .*ETXTBSY/);
  closeSync(writing);
  await expect(commandRunner(folder)([join(folder, "none")])).rejects.toThrow(/cannot be run/);
});

test("a program that prints endlessly is ended together with what it leaves running, and its output is not kept", async () => {
  const run = commandRunner(folder);
  const floods: readonly (readonly [string, ...string[]])[] = [
    ["yes"],
    ["sh", "-c", "exec yes >&2"],
    ["sh", "-c", "yes & exit 0"],
  ];
  for (const argv of floods) {
    const began = performance.now();
    await expect(run(argv)).rejects.toThrow(/printed more than \d+ bytes and was ended/);
    expect(performance.now() - began).toBeLessThan(120_000);
  }
  const before = process.memoryUsage().rss;
  expect(outputNow(["yes"])).toBeUndefined();
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test("a program that somebody else killed is not reported as too slow", async () => {
  const run = commandRunner(folder);
  await expect(run(["sh", "-c", "kill -9 $$"])).rejects.toMatchObject({
    ...{ code: null, is_late: false },
    message: "sh -c kill -9 $$ was ended by SIGKILL",
  });
  await expect(run(["sleep", "600"], { deadline_ms: 100 })).rejects.toMatchObject({
    ...{ code: null, is_late: true },
    message: "sleep 600 did not end in time",
  });
});
