import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** One line of InfluxDB line protocol as a third-party parser understood it. */
export type Point = {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | string | boolean>>;
  readonly time: number;
};

const PACKAGE = "line-protocol-parser==2.0.1";
const SCRIPT = `import json, sys
from line_protocol_parser import parse_line
print(json.dumps([parse_line(l) for l in sys.stdin.read().split("\\n") if l and not l.startswith("#")]))`;

/** Parses line protocol with the Python package line-protocol-parser; throws on a line that it refuses. */
export function parseLineProtocol(text: string): readonly Point[] {
  const done = Bun.spawnSync([join(environment(), "bin/python"), "-c", SCRIPT], {
    stdin: new TextEncoder().encode(text),
  });
  if (done.exitCode !== 0) throw new Error(`not line protocol: ${done.stderr}\n${text}`);
  return JSON.parse(done.stdout.toString());
}

/** A Python environment with the parser, created once for this account. */
function environment(): string {
  const folder = join(tmpdir(), `wnm-line-protocol-${process.getuid?.() ?? 0}`, PACKAGE);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const making = mkdtempSync(join(dirname(folder), "making-"));
  const run = (...argv: readonly string[]) => {
    const done = Bun.spawnSync([...argv], { env: process.env });
    if (done.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${done.stderr}`);
  };
  run("python3", "-m", "venv", making);
  run(join(making, "bin/python"), "-m", "pip", "install", "--quiet", PACKAGE);
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another process was faster: its result is just as good.
    rmSync(making, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
