import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const CASES = [...new Bun.Glob("[0-9]*.sh").scanSync(import.meta.dir)].toSorted();

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wnm-cases-"));
  // Cases run wnm and its nodes as several accounts.
  chmodSync(folder, 0o755);
  copyFileSync(await compiledWnm(), join(folder, "wnm"));
  chmodSync(join(folder, "wnm"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each script replays one problem in its own namespaces and exits with 0 if wnm handles it correctly. */
test.each(CASES)("%s", async (name) => {
  const child = Bun.spawn(["bash", join(import.meta.dir, name), join(folder, "wnm")], {
    env: { PATH: process.env.PATH ?? "", TMPDIR: folder },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
});
