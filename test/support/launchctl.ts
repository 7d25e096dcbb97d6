import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../src/os/command.ts";

const PROGRAM = join(import.meta.dir, "../fixtures/launchctl.ts");

/** A runner whose launchctl is the stand-in with these domains, its state in the folder. */
export function withLaunchctl(run: Run, folder: string, domains: string): Run {
  const script = join(folder, "launchctl");
  const state = join(folder, "launchd");
  const lines = ["#!/bin/sh", `export LAUNCHD_FAKE_STATE='${state}' LAUNCHD_FAKE_DOMAINS='${domains}'`];
  writeFileSync(script, `${[...lines, `exec '${process.execPath}' '${PROGRAM}' "$@"`].join("\n")}\n`);
  chmodSync(script, 0o755);
  return ([program, ...args], options) => run([program === "launchctl" ? script : program, ...args], options);
}
