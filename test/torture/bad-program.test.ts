import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aColony } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

/** Shell scripts in place of the node program. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "prints nothing": "exit 0",
  "prints escapes": "printf 'Autonomi \\033]0;owned\\007\\033[2J\\233 v\\n'",
  "fails with escapes": "printf '\\033[2J\\033]0;owned\\007\\202\\n' >&2; exit 3",
  "prints another program's version": "echo 'bun 1.4.5'",
  "prints a version that is none": "echo 'Autonomi Node v0.4'",
  "prints two versions of different kinds": "echo 'Autonomi Node v..'; echo 'ant-node x'",
  "prints without end": "exec yes Autonomi",
  "prints 100 MB in one line": "head -c 100000000 /dev/zero | tr '\\0' x",
  "prints zeros": "head -c 100000 /dev/zero",
  hangs: "exec sleep 600",
  "leaves a child that holds its output": "sleep 600 & echo 'Autonomi Nod v0.4.17'",
  "kills itself": "kill -9 $$",
  "stops itself": "kill -STOP $$",
  "waits for input": "read line; echo $line",
  "is no shell script": "\\x7fELF",
  "knows no flag": 'case "$1" in --version) echo "Autonomi Node v0.4.17";; *) exit 2;; esac',
};

test("whatever the node program prints and does, a run ends in time with a sentence and harms nothing", async () => {
  await using wnm = await aColony("--node_cap=2");
  const path = join(wnm.home, "bad");
  mkdirSync(path);
  const damage: string[] = [];
  await Promise.all(
    Object.entries(PROGRAMS).map(async ([name, script], i) => {
      const program = join(path, `antnode${i}`);
      writeFileSync(program, name === "is no shell script" ? "\x7fELF\x00" : `#!/bin/sh\n${script}\n`, {
        mode: 0o755,
      });
      const began = performance.now();
      const { code, stdout, stderr } = await wnm.run(["--dry_run", "--antnode_path", program]);
      const seconds = (performance.now() - began) / 1000;
      if (
        seconds > 120 ||
        code !== 0 ||
        !/^[\x20-\x7e\ufffd\n]*$/.test(stdout + stderr) ||
        / {4}at /.test(stderr)
      )
        damage.push(`${name}: ${code} after ${seconds} s: ${stdout}${stderr}`);
    }),
  );
  for (const name of ["prints nothing", "fails with escapes", "kills itself"]) {
    const program = join(path, `antnode${Object.keys(PROGRAMS).indexOf(name)}`);
    ageSample(wnm);
    const { code, stderr } = await wnm.run(["--force_action", "add", "--antnode_path", program]);
    if (code !== 5 || !/^[\x20-\x7e\ufffd\n]*$/.test(stderr)) damage.push(`add: ${name}: ${code}: ${stderr}`);
  }
  rmSync(path, { recursive: true });
  process.stderr.write(
    `torture: ${Object.keys(PROGRAMS).length} bad programs, ${damage.length} left damage\n`,
  );
  expect(damage).toEqual([]);
  expect(wnm.nodes()).toEqual([]);
});
