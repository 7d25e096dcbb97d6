import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderTrace } from "../../../src/os/files/folder-trace.ts";
import { until } from "../../support/until.ts";

test("a trace stays the same while nothing changes, and differs when anything does, however deep", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-trace-"));
  const deep = join(folder, "antnode0001/store/a");
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "file"), "x");
  // A link that leads outside, or in a circle, is an entry like any other.
  symlinkSync("..", join(deep, "up"));
  const trace = () => folderTrace([join(folder, "antnode0001"), join(folder, "logs")]);
  const changes = [
    () => chmodSync(join(deep, "file"), 0o600),
    () => rmSync(join(deep, "up"), { force: true }),
    () => mkdirSync(join(folder, "logs"), { recursive: true }),
    () => rmSync(join(folder, "antnode0001"), { recursive: true, force: true }),
  ];
  for (const change of changes) {
    const before = trace();
    expect(trace()).toBe(before);
    // Two changes within one tick of the file system's clock have the same time, so the change is repeated.
    await until(() => {
      change();
      return trace() !== before;
    }, "the trace to change");
  }
  rmSync(folder, { recursive: true });
});
