import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner } from "../../src/os/command.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";

setDefaultTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wnm-command-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a program that somebody is still writing is waited for", async () => {
  const program = await buildAntnode(join(folder, "antnode"));
  const writing = openSync(program, "r+");
  const asked = commandRunner(folder)([program, "--version"]);
  const first = await Promise.race([asked, Bun.sleep(200).then(() => "it waits")]);
  closeSync(writing);
  expect(first).toBe("it waits");
  expect((await asked).stdout).toContain("Autonomi Node");
});

test("one that is never finished is told, and so is one that is not there", async () => {
  const program = await buildAntnode(join(folder, "antnode"));
  const writing = openSync(program, "r+");
  await expect(commandRunner(folder)([program, "--version"])).rejects.toThrow(/cannot be run: .*ETXTBSY/);
  closeSync(writing);
  await expect(commandRunner(folder)([join(folder, "none")])).rejects.toThrow(/cannot be run/);
});
