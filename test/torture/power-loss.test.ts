import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample } from "./agreement.ts";

setDefaultTimeout(300_000);

const CALLS = "pwrite64,write,ftruncate,fsync,fdatasync,unlink,rename";
const SUFFIXES = ["", "-wal"] as const;

/** A file as programs see it and as the disk holds it; undefined if it is missing. */
type Lying = { seen: Buffer | undefined; held: Buffer | undefined };

const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll("\\x", ""), "hex");

function put(into: Buffer | undefined, bytes: Buffer, at: number): Buffer {
  const old = into ?? Buffer.alloc(0);
  const grown = Buffer.alloc(Math.max(old.length, at + bytes.length));
  old.copy(grown);
  bytes.copy(grown, at);
  return grown;
}

/** Runs wnm under strace and returns what would be on the disk if the power failed right after each of its fsyncs. */
async function afterEachSync(
  wnm: Wnm,
  args: readonly string[],
): Promise<readonly (readonly (Buffer | undefined)[])[]> {
  const files = new Map<string, Lying>(
    SUFFIXES.map((suffix) => {
      const path = wnm.database + suffix;
      const content = existsSync(path) ? readFileSync(path) : undefined;
      return [path, { seen: content, held: content }];
    }),
  );
  const log = join(wnm.home, "trace");
  const strace = ["strace", "-qq", "-y", "-xx", "-s", "10000000", "-o", log, "-e", `trace=${CALLS}`];
  const env = { HOME: wnm.home };
  expect(
    await Bun.spawn([...strace, wnm.binary, ...args], { env, stdout: "ignore", stderr: "ignore" }).exited,
  ).toBe(0);
  const cuts: (Buffer | undefined)[][] = [];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const call = /^(\w+)\((?:\d+<([^>]*)>|"([^"]*)")/.exec(line);
    const path = bytesOf(call?.[2] ?? call?.[3] ?? "").toString();
    const file = files.get(path);
    if (call === null || file === undefined) continue;
    const rest = line.slice(call[0].length);
    if (call[1] === "pwrite64") {
      const [, content = "", at = "0"] = /^, "([^"]*)", \d+, (\d+)/.exec(rest) ?? [];
      file.seen = put(file.seen, bytesOf(content), Number(at));
    } else if (call[1] === "ftruncate") {
      file.seen = file.seen?.subarray(0, Number(/^, (\d+)/.exec(rest)?.[1]));
    } else if (call[1] === "unlink") {
      file.seen = undefined;
      file.held = undefined;
    } else if (call[1] === "fsync" || call[1] === "fdatasync") {
      file.held = file.seen;
      cuts.push(SUFFIXES.map((suffix) => files.get(wnm.database + suffix)?.held));
    }
  }
  return cuts;
}

test.each([
  ["an add", ["--force_action", "add"]],
  ["a removal", ["--force_action", "remove", "--service_name=1"]],
  ["a change of settings", ["--node_cap=7", "--force_action", "update_config"]],
])(
  "after a power failure during %s the synced database opens, complete, in its state before or after a step",
  async (_, args) => {
    await using wnm = await aColony("--node_cap=3");
    await wnm.ok(["--force_action", "add", "--count=2"]);
    ageSample(wnm);
    const cuts = await afterEachSync(wnm, args);
    expect(cuts.length).toBeGreaterThan(1);
    const folder = mkdtempSync(join(tmpdir(), "wnm-power-"));
    const after = wnm.nodes().map((row) => row.id);
    for (const cut of cuts) {
      const path = join(folder, "colony.db");
      for (const [i, suffix] of SUFFIXES.entries()) {
        rmSync(path + suffix, { force: true });
        const content = cut[i];
        if (content !== undefined) writeFileSync(path + suffix, content);
      }
      const { code, stdout, stderr } = await wnm.run(["--dbpath", path, "--report", "node-status", "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const told = [JSON.parse(stdout)].flat().filter((row) => "service_name" in row).length;
      expect([2, after.length]).toContain(told);
    }
    process.stderr.write(
      `torture: the power cut after each of ${cuts.length} syncs: every database opened\n`,
    );
    rmSync(folder, { recursive: true });
  },
);
