import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner } from "../../src/os/command.ts";
import { describeBinary } from "../../src/software/binary.ts";

/** A program that answers --version and --help as given. */
async function described(version: string, help: string) {
  const folder = mkdtempSync(join(tmpdir(), "wnm-binary-"));
  const path = join(folder, "antnode");
  writeFileSync(path, `#!/bin/sh\ncase "$1" in\n--version) ${version};;\n--help) ${help};;\nesac\n`, {
    mode: 0o755,
  });
  const { binary } = await describeBinary(path, undefined, commandRunner(folder));
  rmSync(folder, { recursive: true });
  return binary;
}
const VERSION = "echo 'Autonomi Node v0.4.17'";

test("the flags of a program are those that its --help lists", async () => {
  const binary = await described(VERSION, "printf '      --root-dir <R>\\n  -p, --port <P>\\n'");
  expect(binary.version === undefined ? [] : [...binary.flags]).toEqual(["--root-dir", "--port"]);
});

test("an antnode whose --help tells nothing is taken to know the usual flags", async () => {
  for (const help of ["exit 2", "true"]) {
    const binary = await described(VERSION, help);
    expect(binary.version !== undefined && binary.flags.has("--metrics-server-port")).toBe(true);
  }
});

test("a nightly antnode has a version too; another program has none, and is named", async () => {
  const nightly = await described("echo 'Autonomi Node -- Nightly Release 2026.02.23'", "true");
  expect(nightly.version).toBe("2026.02.23");
  const other = await described("echo hello", "true");
  expect(other.version === undefined && other.problem).toContain(
    'is not a node program: --version printed "hello"',
  );
});
