import { SOFTWARE_KINDS, type SoftwareKind } from "../model/node.ts";
import type { ProgramRecord } from "../model/program.ts";
import type { Run } from "../os/command.ts";
import type { Trusted } from "../os/files/operator-program.ts";
import { SOFTWARE } from "./generations.ts";

/** What a program prints about itself, or why it is not a node program. */
export type Described = Omit<ProgramRecord, "sha256"> | { readonly problem: string };

const DEADLINE_MS = 10_000;

/** Runs the operator's program with --version and --help; the only place where wnm runs one to query it. Never throws. */
export async function describeProgram({ program, prefix }: Trusted, run: Run): Promise<Described> {
  const ask = (flag: string, accept: readonly number[]) => {
    const [first = program, ...words] = [...prefix, program, flag];
    return run([first, ...words], { deadline_ms: DEADLINE_MS, accept });
  };
  try {
    const printed = (await ask("--version", [])).stdout;
    const software = SOFTWARE_KINDS.find((kind) => SOFTWARE[kind].version(printed) !== undefined);
    const version = software && SOFTWARE[software].version(printed);
    if (software === undefined || version === undefined)
      return { problem: `${program} is not a node program: --version printed "${firstLine(printed)}"` };
    const { stdout } = await ask("--help", [1, 2, 101]);
    return { software, version, flags: flagsIn(stdout, software) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function flagsIn(help: string, software: SoftwareKind): readonly string[] {
  const flags = [...help.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z0-9-]*)/gm)].map((match) => match[1] ?? "");
  return flags.length === 0 && software === "antnode" ? SOFTWARE.antnode.flags.usual : flags;
}

const firstLine = (text: string): string =>
  (text.split("\n")[0] ?? "").replace(/[^\x20-\x7e]+/g, " ").slice(0, 80);
