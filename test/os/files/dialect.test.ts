/** Commands with root's rights in macOS spelling: its install, mv and rm do not know the options of Linux. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../../../src/os/command.ts";
import { accountFiles } from "../../../src/os/files/account-files.ts";
import { rootDefinitions } from "../../../src/os/files/definition-files.ts";
import { nodePath } from "../../../src/os/files/node-path.ts";

const SUDO = ["sudo", "-n"];

test("files on macOS are created, moved and removed without options that only Linux knows", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-dialect-"));
  const made: string[] = [];
  const run: Run = async (argv) => {
    made.push(argv.join(" ").replaceAll(home, "~"));
    if (argv.includes("rm")) rmSync(join(home, "antnode0001"), { recursive: true });
    return { code: 0, stdout: "", stderr: "" };
  };
  const owner = { user: "ant", uid: 502, gid: 20, readers: 501 };
  const asNode = ["sudo", "-n", "-u", "ant", "--"];
  const files = accountFiles(run, { asRoot: SUDO, asNode }, () => owner, "darwin");
  await files.makeFolder(join(home, "antnode0002"), "one node's");
  mkdirSync(join(home, "antnode0002"));
  await files.makeFolder(join(home, "cache"), "all nodes'");
  await files.installProgram("/bin/sh", nodePath(join(home, "antnode0002"), "antnode"));
  mkdirSync(join(home, "antnode0001"));
  await files.removeFolder(join(home, "antnode0001"), home);
  expect(made).toEqual([
    "sudo -n install -d -o ant -g 501 -m 2751 -- ~/antnode0002",
    "sudo -n install -d -o ant -g staff -m 0755 -- ~/cache",
    "sudo -n install -o ant -g staff -m 0755 -- /dev/null ~/.antnode0002.new",
    "sudo -n tee -- ~/.antnode0002.new",
    "sudo -n mv -f -- ~/.antnode0002.new ~/antnode0002/antnode",
    "sudo -n rm -r -f -x -- ~/antnode0001",
  ]);
  rmSync(home, { recursive: true });
});

test("texts on macOS go through tee, because its install takes no standard input", async () => {
  const made: { argv: string; input: unknown }[] = [];
  const run: Run = async (argv, options) => {
    made.push({ argv: argv.join(" "), input: options?.input });
    return { code: 0, stdout: "", stderr: "" };
  };
  // Nothing is written here, and a text that is missing afterwards is an error.
  await expect(rootDefinitions(run, SUDO, "darwin").write("/nowhere/a.plist", "x")).rejects.toThrow(
    /a\.plist/,
  );
  expect(made).toEqual([
    { argv: "sudo -n tee -- /nowhere/a.plist.new", input: "x" },
    { argv: "sudo -n chmod 0644 -- /nowhere/a.plist.new", input: undefined },
    { argv: "sudo -n mv -f -- /nowhere/a.plist.new /nowhere/a.plist", input: undefined },
  ]);
});
