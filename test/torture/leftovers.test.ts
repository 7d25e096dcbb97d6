import { expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner } from "../../src/os/command.ts";
import { ownDefinitions, rootDefinitions } from "../../src/os/files/definition-files.ts";
import { removeFile, writeTextFile } from "../../src/os/files/own-text-file.ts";
import { replaceFile } from "../../src/os/output.ts";
import { aColony } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

/** A pid that no process has. */
const GONE = 4_194_303;

function aFolder(): Disposable & {
  readonly at: (name: string) => string;
  readonly names: () => readonly string[];
} {
  const folder = mkdtempSync(join(tmpdir(), "wnm-left-"));
  return {
    at: (name) => join(folder, name),
    names: () => readdirSync(folder).toSorted(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test("the next report removes what a killed report left beside its file, but not what a running one has there", () => {
  using folder = aFolder();
  for (const name of [
    `wnm.prom.${GONE}.new`,
    `wnm.prom.${process.ppid}.new`,
    "wnm.prom.1.old",
    `other.${GONE}.new`,
  ])
    writeFileSync(folder.at(name), "half");
  replaceFile(folder.at("wnm.prom"), "whole");
  expect(folder.names()).toEqual(
    [`other.${GONE}.new`, "wnm.prom", "wnm.prom.1.old", `wnm.prom.${process.ppid}.new`].toSorted(),
  );
});

test("a unit, a property list and a definition are removed together with what a killed write left beside them", async () => {
  using folder = aFolder();
  const root = rootDefinitions(commandRunner("/root"), []);
  const removers: Readonly<Record<string, (path: string) => unknown>> = {
    "antnode0001.service": (path) => root.remove(path),
    "antnode0002.service": (path) => ownDefinitions.remove(path),
    "antnode0003.node": removeFile,
  };
  for (const [name, remove] of Object.entries(removers)) {
    const path = folder.at(name);
    writeTextFile(path, "text");
    writeFileSync(`${path}.new`, "half");
    await remove(path);
    // This also works if the file itself is already gone.
    writeFileSync(`${path}.new`, "half");
    await remove(path);
  }
  expect(folder.names()).toEqual([]);
});

test("an unchanged definition loses what a killed write left beside it", async () => {
  using folder = aFolder();
  const path = folder.at("antnode0001.service");
  for (const definitions of [rootDefinitions(commandRunner("/root"), []), ownDefinitions]) {
    writeTextFile(path, "text");
    writeFileSync(`${path}.new`, "half");
    await definitions.write(path, "text");
    expect(folder.names()).toEqual(["antnode0001.service"]);
  }
});

test("database copies that killed reports left in the temporary folder are removed by the next such report", async () => {
  await using wnm = await aColony("--node_cap=1");
  const temporary = join(wnm.home, "tmp");
  const left = join(temporary, `wnm-read-${GONE}-x`);
  const living = join(temporary, `wnm-read-${process.pid}-x`);
  for (const folder of [left, living]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(left, "colony.db"), "a copy");
  // The journal of a killed writer: a reader would have to write before it could read.
  writeFileSync(`${wnm.database}-journal`, Buffer.from("d9d505f920a163d7".padEnd(1024, "0"), "hex"));
  await wnm.ok(["--report", "node-status"], { TMPDIR: temporary });
  expect(readdirSync(temporary)).toEqual([living].map((path) => path.slice(temporary.length + 1)));
});

test("a key import killed at any step leaves no second name of a key behind", async () => {
  await using wnm = await aColony("--node_cap=1");
  ageSample(wnm);
  await wnm.ok([]);
  const keys = join(wnm.home, "keys");
  await wnm.ok(["--export_keys", keys]);
  await wnm.ok(["--force_action", "stop", "--service_name=1"]);
  const key = join(wnm.base, "node/antnode0001/secret-key");
  const content = readFileSync(key);
  let [twice, whole] = [0, false];
  for (let nth = 1; !whole; nth++) {
    rmSync(key, { force: true });
    const kill = ["-e", "trace=unlink,unlinkat", "-e", `inject=unlink,unlinkat:signal=SIGKILL:when=${nth}`];
    const strace = ["strace", "-f", "-qq", "-o", "/dev/null", ...kill, wnm.binary, "--import_keys", keys];
    const child = Bun.spawn(strace, {
      env: { HOME: wnm.home, PATH: "/usr/bin" },
      stdio: ["ignore", "ignore", "ignore"],
    });
    whole = (await child.exited) === 0;
    if (!existsSync(key) || !existsSync(`${key}.new`)) continue;
    twice++;
    expect(lstatSync(key).nlink).toBe(2);
    const again = await wnm.ok(["--import_keys", keys]);
    expect(again.stdout).toContain("it already has this identity");
    expect([existsSync(`${key}.new`), readFileSync(key).equals(content)]).toEqual([false, true]);
    // The next start repairs it as well if nobody imports again.
    linkSync(key, `${key}.new`);
    await wnm.ok(["--force_action", "start", "--service_name=1"]);
    expect(existsSync(`${key}.new`)).toBe(false);
    await wnm.ok(["--force_action", "stop", "--service_name=1"]);
  }
  expect(twice).toBeGreaterThan(0);
  // Another file of that name may be the only copy of a key.
  writeFileSync(`${key}.new`, "another key");
  await wnm.ok(["--import_keys", keys]);
  await wnm.ok(["--force_action", "start", "--service_name=1"]);
  expect(readFileSync(`${key}.new`, "utf8")).toBe("another key");
  expect(readFileSync(key).equals(content)).toBe(true);
});
