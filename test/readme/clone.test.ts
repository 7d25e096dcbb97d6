import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOf } from "../release/ended.ts";
import { ROOT } from "../release/release.ts";
import type { Ended } from "../support/wnm.ts";
import { documented } from "./commands.ts";

// What the README says about a clone, in a copy of this checkout that contains only what is in the repository.

setDefaultTimeout(300_000);

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "wnm-clone-"));
  const left = new Set([".git", "node_modules", "dist", ".tools"].map((name) => join(ROOT, name)));
  cpSync(ROOT, clone, { recursive: true, filter: (path) => !left.has(path) });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** Runs a command line in the clone, with this account's HOME and PATH, as a contributor's shell has them. */
async function ok(command: string, then = ""): Promise<Ended> {
  const { HOME = "/root", PATH = "/usr/bin:/bin", XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME };
  const ended = await endOf(["/bin/bash", "-c", `${command}${then}`], { HOME, PATH, ...cache }, clone);
  if (ended.code !== 0) throw new Error(`${command}: ${ended.code}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

test("the demo runs and leaves nothing behind", async () => {
  const { stdout } = await ok(documented("./scripts/try.sh"));
  expect(stdout).toContain("That was wnm.");
  expect(await Bun.file(join(clone, "dist/wnm")).exists()).toBe(true);
});

test("the demo that is kept says how to look at it and how to end it", async () => {
  const { stdout } = await ok(documented("./scripts/try.sh --keep"));
  const [look = "", end = ""] = [...stdout.matchAll(/^ +(env -i HOME=.*)$/gm)].map((match) => match[1]);
  const home = /HOME=(\S+)/.exec(look)?.[1] ?? "";
  expect((await ok(look)).stdout).toContain("antnode0001");
  await ok(end);
  expect((await ok(look)).stdout).toContain("No nodes found");
  rmSync(join(home, ".."), { recursive: true });
});

test("the pure part is tested within seconds", async () => {
  await ok(documented("bun run test:fast"));
});

test("types and style pass", async () => {
  await ok(documented("bun run check"));
});

test("the program builds", async () => {
  rmSync(join(clone, "dist"), { recursive: true, force: true });
  await ok(documented("bun run build"));
  expect((await ok("dist/wnm --version")).stdout).toMatch(/^wnm version /);
});

// All the tests are this very run: here a folder stands for them, to show that the line works in a clone.
test("the tests run", async () => {
  const all = documented("./scripts/test.sh");
  expect(documented("./scripts/test.sh test/decide")).toStartWith(`${all} `);
  const some = await ok(documented("./scripts/test.sh test/decide"), " test/anm");
  expect(some.stdout).toMatch(/^\d+ passed, 0 failed$/m);
  const torture = await ok(documented("WNM_TORTURE=long ./scripts/test.sh test/torture"), "/clock.test.ts");
  expect(torture.stdout).toMatch(/^\d+ passed, 0 failed$/m);
});

test("the benchmark prints ratios", async () => {
  const short = " --cases version --rivals hello --rounds 1 --wnm dist/wnm";
  const { stdout } = await ok(documented("bun scripts/bench.ts"), short);
  expect(stdout).toMatch(/^\|.*version.*\|/m);
});
