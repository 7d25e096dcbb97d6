import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import type { NodeBinary } from "../../src/model/host.ts";
import type { ProgramFile, ProgramRecord } from "../../src/model/program.ts";
import type { NodeFile } from "../../src/model/program-path.ts";
import { commandRunner, type Run } from "../../src/os/command.ts";
import { copyProgram, MOST_PROGRAM_BYTES } from "../../src/os/files/program-file.ts";
import type { KnownPrograms } from "../../src/software/program-memory.ts";
import { knownPrograms, type Programs } from "../../src/software/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "wnm-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const VERSION = "echo 'Autonomi Node v0.4.17'";
/** Two accounts, neither of which is root or trusted by it. */
const [ALICE, MALLORY] = [54_321, 54_322];

let calls = "";
let here = "";
let count = 0;
beforeEach(() => {
  here = join(folder, String(++count));
  mkdirSync(here);
  chmodSync(folder, 0o755);
  calls = join(here, "calls");
});

/** A program that records each execution, with the account and the flag. */
function aProgram(path: string, version = VERSION, help = "true"): string {
  const script = `#!/bin/sh\necho "$(id -u) $1" >>${calls}\ncase "$1" in\n--version) ${version};;\n--help) ${help};;\nesac\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}
const executions = (): readonly string[] =>
  existsSync(calls) ? readFileSync(calls, "utf8").split("\n").slice(0, -1) : [];

/** Remembers as the database does. */
function aMemory() {
  const programs = new Map<string, ProgramRecord>();
  const files = new Map<string, ProgramFile>();
  const known: KnownPrograms = {
    program: (sha) => programs.get(sha),
    programFile: (path) => files.get(path),
  };
  return {
    known,
    keep(asked: Programs) {
      const learned = asked.learned();
      for (const program of learned.programs) programs.set(program.sha256, program);
      for (const file of learned.program_files) files.set(file.path, file);
    },
  };
}
const run: Run = commandRunner("/nonexistent");
const asRoot = (known = aMemory().known) => knownPrograms(known, run, 0);
const problemOf = (binary: NodeBinary) => (binary.version === undefined ? binary.problem : "");

describe("the operator's program", () => {
  test("has the flags that its --help lists", async () => {
    const help = "printf '      --root-dir <R>\\n  -p, --port <P>\\n'";
    const binary = await asRoot().ofOperator(aProgram(join(here, "antnode"), VERSION, help));
    expect(binary.version === undefined ? [] : [...binary.flags]).toEqual(["--root-dir", "--port"]);
  });

  test("is assumed to have the usual flags if it is an antnode whose --help prints nothing", async () => {
    for (const help of ["exit 2", "true"]) {
      const binary = await asRoot().ofOperator(aProgram(join(here, "antnode"), VERSION, help));
      expect(binary.version !== undefined && binary.flags.has("--metrics-server-port")).toBe(true);
    }
  });

  test("has a version if it is a nightly antnode, and is rejected by name if it is another program", async () => {
    const nightly = aProgram(join(here, "nightly"), "echo 'Autonomi Node -- Nightly Release 2026.02.23'");
    expect((await asRoot().ofOperator(nightly)).version).toBe("2026.02.23");
    const other = await asRoot().ofOperator(aProgram(join(here, "other"), "echo hello"));
    expect(problemOf(other)).toContain('is not a node program: --version printed "hello"');
    expect(problemOf(await asRoot().ofOperator(join(here, "absent")))).toContain(
      "there is no node program at",
    );
  });

  test("is called a folder if it is one, without claiming that others could change it", async () => {
    const binary = await asRoot().ofOperator(here);
    expect(problemOf(binary)).toStartWith(`${here} is not a file; install a node program`);
  });

  test("is run once per content, whatever its name and times", async () => {
    const memory = aMemory();
    const path = aProgram(join(here, "antnode"));
    const first = asRoot(memory.known);
    await first.ofOperator(path);
    memory.keep(first);
    expect(executions()).toEqual(["0 --version", "0 --help"]);
    copyFileSync(path, join(here, "new"));
    renameSync(join(here, "new"), path);
    const again = await asRoot(memory.known).ofOperator(path);
    expect([again.version, executions().length]).toEqual(["0.4.17", 2]);
    aProgram(path, "echo 'Autonomi Node v0.4.18'");
    expect((await asRoot(memory.known).ofOperator(path)).version).toBe("0.4.18");
    expect(executions()).toHaveLength(4);
  });

  test("is not run if another account could have written it: file, folder, link on the way, group", async () => {
    const path = aProgram(join(here, "antnode"));
    const spoil: Readonly<Record<string, () => string>> = {
      "every account can change": () => {
        chmodSync(path, 0o757);
        return path;
      },
      "can change": () => {
        chmodSync(path, 0o775);
        chownSync(path, 0, 1);
        return path;
      },
      [`${join(here, "open")}`]: () => {
        mkdirSync(join(here, "open"));
        chmodSync(join(here, "open"), 0o777);
        return aProgram(join(here, "open/antnode"));
      },
      [`${join(here, "link")} belongs to`]: () => {
        symlinkSync(aProgram(join(here, "target")), join(here, "link"));
        // The owner of the link, not of its target.
        Bun.spawnSync(["chown", "-h", String(MALLORY), join(here, "link")]);
        mkdirSync(join(here, "alice"));
        chownSync(join(here, "alice"), ALICE, 0);
        symlinkSync(join(here, "link"), join(here, "alice/antnode"));
        return join(here, "alice/antnode");
      },
    };
    for (const [because, make] of Object.entries(spoil)) {
      const binary = await asRoot().ofOperator(make());
      expect(problemOf(binary)).toContain(because);
      expect(binary.version === undefined && binary.untrusted).toBe(true);
    }
    expect(executions()).toEqual([]);
  });

  test("of a user is run by root as that user with nothing of root's, and not at all by another user", async () => {
    const { stdout } = await $`getent passwd daemon`.quiet();
    const [, , uid = "", gid = ""] = stdout.toString().split(":");
    const path = aProgram(join(here, "antnode"));
    chownSync(path, Number(uid), Number(gid));
    writeFileSync(calls, "", { mode: 0o666 });
    chmodSync(calls, 0o666);
    expect((await asRoot().ofOperator(path)).version).toBe("0.4.17");
    expect(executions()).toEqual([`${uid} --version`, `${uid} --help`]);
    const other = await knownPrograms(aMemory().known, run, ALICE).ofOperator(path);
    expect(problemOf(other)).toContain(`${path} belongs to daemon`);
    expect(executions()).toHaveLength(2);
  });

  test("delays nothing if it is a pipe, a device or a folder", async () => {
    await $`mkfifo ${here}/pipe`.quiet();
    for (const path of [join(here, "pipe"), "/dev/zero", here])
      expect(problemOf(await asRoot().ofOperator(path))).toContain("is not a file");
  });
});

describe("a node's program", () => {
  test("is known by its content and never run, whatever it is", async () => {
    const asked = asRoot();
    const path = aProgram(join(here, "antnode"));
    await asked.ofOperator(path);
    const ran = executions().length;
    const mine = join(here, "copy") as NodeFile;
    copyFileSync(path, mine);
    expect(asked.ofNode(mine)).toMatchObject({ record: { version: "0.4.17" }, changed: false });
    aProgram(mine, "echo 'Autonomi Node v9.9.9'");
    expect(asked.ofNode(mine)).toMatchObject({ record: undefined, changed: true });
    expect(asked.ofNode(mine)).toMatchObject({ record: undefined, changed: false });
    expect(executions()).toHaveLength(ran);
  });

  test("is unknown at once if it is a link, a pipe, a device, or an empty or endless file", async () => {
    const path = aProgram(join(here, "antnode"));
    symlinkSync(path, join(here, "link"));
    await $`mkfifo ${here}/pipe`.quiet();
    writeFileSync(join(here, "empty"), "");
    writeFileSync(join(here, "endless"), "");
    truncateSync(join(here, "endless"), MOST_PROGRAM_BYTES + 1);
    const began = performance.now();
    for (const name of ["link", "pipe", "empty", "endless", "absent"])
      expect(asRoot().ofNode(join(here, name))).toEqual({
        sha256: undefined,
        record: undefined,
        changed: false,
      });
    expect(asRoot().ofNode("/dev/zero").sha256).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(120_000);
  });

  test("costs a run a bounded amount of reading if it changes again and again", () => {
    const path = join(here, "large");
    writeFileSync(path, "");
    truncateSync(path, MOST_PROGRAM_BYTES);
    const asked = asRoot();
    let read = 0;
    for (let i = 0; i < 12; i++) {
      chmodSync(path, 0o700 + (i % 2));
      appendFileSync(path, "");
      if (asked.ofNode(path).sha256 !== undefined) read++;
    }
    expect(read).toBe(8);
  }, 300_000);

  test("is copied as it was read, and a closed file with a second name only if its content is known", () => {
    const path = aProgram(join(here, "antnode"));
    const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
    expect(copyProgram(path, join(here, "kept"), undefined)).toBe(sha256);
    linkSync(path, join(here, "second"));
    expect(copyProgram(path, join(here, "open"), undefined)).toBe(sha256);
    chmodSync(path, 0o700);
    expect(() => copyProgram(path, join(here, "other"), undefined)).toThrow("the file has a second name");
    expect(copyProgram(path, join(here, "known"), sha256)).toBe(sha256);
    expect(() => copyProgram(path, join(here, "other"), "0".repeat(64))).toThrow("changed meanwhile");
    symlinkSync("/etc/shadow", join(here, "shadow"));
    expect(() => copyProgram(join(here, "shadow"), join(here, "other"), undefined)).toThrow("ELOOP");
    expect(existsSync(join(here, "other"))).toBe(false);
    expect(existsSync(join(here, "other.new"))).toBe(false);
  });

  test("cannot be passed to what runs programs: the compiler rejects it", () => {
    const file = "/srv/antnode0001/antnode" as NodeFile;
    const refused = () => {
      // @ts-expect-error a command cannot run a node's file
      void run([file, "--version"]);
      // @ts-expect-error a node's file cannot be asked for its version
      void asRoot().ofOperator(file);
    };
    expect(refused).toBeFunction();
  });
});

test("a copy that wnm keeps is known by its content and never run", async () => {
  const asked = asRoot();
  const path = aProgram(join(here, "antnode"));
  await asked.ofOperator(path);
  const ran = executions().length;
  copyFileSync(path, join(here, "kept"));
  expect(asked.ofKept(join(here, "kept"))).toMatchObject({ version: "0.4.17", runnable: join(here, "kept") });
  aProgram(join(here, "kept"), "echo 'Autonomi Node v9.9.9'");
  expect(asked.ofKept(join(here, "kept")).version).toBeUndefined();
  expect(executions()).toHaveLength(ran);
});
