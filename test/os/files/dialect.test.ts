/** Commands with root's rights as macOS spells them: its install, mv and rm do not know the options of Linux. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../../src/os/command.ts";
import { elevatedFiles } from "../../src/os/files.ts";
import { rootTexts } from "../../src/os/text-files.ts";

const SUDO = ["sudo", "-n"];

test("files of macOS are installed, moved and removed without options of Linux", async () => {
  const home = mkdtempSync(join(tmpdir(), "wnm-dialect-"));
  const made: string[] = [];
  const run: Run = async (argv) => {
    made.push(argv.join(" ").replaceAll(home, "~"));
    if (argv.includes("rm")) rmSync(join(home, "antnode0001"), { recursive: true });
    return { code: 0, stdout: "", stderr: "" };
  };
  const files = elevatedFiles(run, SUDO, "ant", "darwin");
  await files.makeFolder(join(home, "antnode0002"));
  await files.installProgram("/p", join(home, "antnode"));
  mkdirSync(join(home, "antnode0001"));
  await files.removeFolder(join(home, "antnode0001"), home);
  expect(made).toEqual([
    "sudo -n install -d -o ant -g staff -m 0755 -- ~/antnode0002",
    "sudo -n install -o ant -g staff -m 0755 -- /p ~/antnode.new",
    "sudo -n mv -f -- ~/antnode.new ~/antnode",
    "sudo -n rm -r -f -x -- ~/antnode0001",
  ]);
  rmSync(home, { recursive: true });
});

test("texts of macOS go through tee, since its install takes no standard input", async () => {
  const made: { argv: string; input: string | Uint8Array | undefined }[] = [];
  const run: Run = async (argv, options) => {
    made.push({ argv: argv.join(" "), input: options?.input });
    return { code: 0, stdout: "", stderr: "" };
  };
  // Nothing is written here, and a text that is not there afterwards is an error.
  await expect(rootTexts(run, SUDO, "darwin").write("/nowhere/a.plist", "x")).rejects.toThrow(/a\.plist/);
  expect(made).toEqual([
    { argv: "sudo -n tee -- /nowhere/a.plist.new", input: "x" },
    { argv: "sudo -n chmod 0644 -- /nowhere/a.plist.new", input: undefined },
    { argv: "sudo -n mv -f -- /nowhere/a.plist.new /nowhere/a.plist", input: undefined },
  ]);
});
