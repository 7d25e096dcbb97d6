import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "../../../src/model/node.ts";
import { livingProcess } from "../../../src/os/processes/identity.ts";
import { ownAccess } from "../../../src/process/setsid/access.ts";
import { setsid } from "../../../src/process/setsid/manager.ts";
import { aNode } from "../../support/builders.ts";
import { aGrace } from "../../support/grace.ts";
import { until } from "../../support/until.ts";

let home: string;
let node: Node;

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "wnm-setsid-")));
  const [root_dir, log_dir] = [join(home, "antnode0001"), join(home, "logs")];
  mkdirSync(root_dir);
  mkdirSync(log_dir);
  node = aNode(1, { root_dir, log_dir, binary: join(root_dir, "antnode"), user: "root" });
});
afterEach(() => rmSync(home, { recursive: true }));

/** A pid that the script has written into the node's folder. */
const pidIn = (name: string): number => {
  const path = join(node.root_dir, name);
  return existsSync(path) ? Number(readFileSync(path, "utf8").trim()) : 0;
};
const lives = (name: string): boolean => livingProcess(pidIn(name)) !== undefined;

/** Starts the node with a script as its program, and waits until it has reached the given state. */
async function start(script: string, watched: () => boolean) {
  writeFileSync(node.binary, `#!/bin/sh\n${script}\n`);
  chmodSync(node.binary, 0o755);
  let is_watched = false;
  const sleep = async (ms: number) => {
    if (is_watched) return Bun.sleep(ms);
    is_watched = true;
    await until(watched, "what the script does");
  };
  const manager = setsid(ownAccess({ user: "root", home }, sleep, aGrace()));
  return manager.start(node, { program: "", args: [], env: { PATH: "/usr/bin:/bin" } });
}

for (const [where, session] of [
  ["its own session", "setsid"],
  ["the script's group", ""],
] as const) {
  test(`a process that was started in ${where} and cannot be recognised is ended, and the program is refused with the reason`, async () => {
    const script = `echo $$ >script; ${session} sh -c 'echo $$ >left; sleep 300; :' &`;
    const done = () => lives("left") && pidIn("script") > 0 && !lives("script");
    await expect(start(script, done)).rejects.toThrow(/cannot be recognised and was ended/);
    expect(lives("left")).toBe(false);
  });
}

test("a program that ends and leaves no process behind counts as ended at once", async () => {
  const ended = () => pidIn("script") > 0 && !lives("script");
  await expect(start("echo $$ >script; exit 7", ended)).rejects.toThrow(/ended at once/);
});

test.each([
  ["a folder", () => mkdirSync(node.binary), /antnode0001 could not be started: .* is a folder, a pipe/],
  ["a pipe", () => Bun.spawnSync(["mkfifo", node.binary]), /could not be started: .* is a folder, a pipe/],
  ["a broken link", () => symlinkSync("absent", node.binary), /could not be started: .* is a link to a file/],
  [
    "not executable",
    () => writeFileSync(node.binary, "#!/bin/sh\n"),
    /could not be started: .* not executable/,
  ],
])("a program that is %s cannot be started, and the error says why", async (_, plant, message) => {
  plant();
  const manager = setsid(ownAccess({ user: "root", home }, Bun.sleep, aGrace()));
  await expect(manager.start(node, { program: "", args: [], env: {} })).rejects.toThrow(message);
});

test("a script that keeps running is recognised by its pid, even if nothing names the node's folder", async () => {
  const process_of = await start("echo $$ >script; sleep 300; :", () => pidIn("script") > 0);
  expect(process_of?.pid).toBe(pidIn("script"));
  process.kill(-pidIn("script"), "SIGKILL");
  await until(() => !lives("script"), "the script to end");
});
