import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyManagedElsewhere } from "../../../src/process/ant-daemon/daemon.ts";

const folder = mkdtempSync(join(tmpdir(), "wnm-ant-daemon-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("without a lock file, or with one that is free, nothing holds the registry", () => {
  expect(whyManagedElsewhere(folder)).toBeUndefined();
  writeFileSync(join(folder, "node_registry.lock"), "");
  expect(whyManagedElsewhere(folder)).toBeUndefined();
});

test("a lock file that cannot be opened counts as locked", () => {
  symlinkSync(".lock", join(folder, ".lock"));
  expect(whyManagedElsewhere(folder)).toContain(`${folder}/.lock is locked, or cannot be opened`);
});
