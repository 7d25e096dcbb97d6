import { statSync } from "node:fs";
import type { NodeBinary } from "../model/host.ts";
import { SOFTWARE_KINDS, type SoftwareKind } from "../model/node.ts";
import type { Run } from "../os/command.ts";
import { USUAL_ANTNODE_FLAGS } from "./own-flags.ts";
import { SOFTWARE } from "./register.ts";

/** What is remembered of a program, so that it is asked again only when the file has changed. */
export type BinaryRecord = {
  readonly path: string;
  /** Size, times and inode of the file: another file has another fingerprint. */
  readonly fingerprint: string;
  readonly software: SoftwareKind;
  readonly version: string;
  readonly flags: readonly string[];
};

const DEADLINE_MS = 10_000;

/** The program's version and the flags it lists in its --help; asks it only when `known` is of another file. */
export async function describeBinary(
  path: string,
  known: BinaryRecord | undefined,
  run: Run,
): Promise<{ binary: NodeBinary; record: BinaryRecord | undefined }> {
  const missing = (problem: string) => ({ binary: { path, version: undefined, problem }, record: undefined });
  const fingerprint = fingerprintOf(path);
  if (fingerprint === undefined) {
    return missing(
      `there is no node program at ${path}; install a node program (antnode or ant-node) there or set --antnode_path`,
    );
  }
  if (known !== undefined && known.path === path && known.fingerprint === fingerprint) {
    return { binary: binaryOf(known), record: known };
  }
  try {
    const printed = (await run([path, "--version"], { deadline_ms: DEADLINE_MS })).stdout;
    const software = SOFTWARE_KINDS.find((kind) => SOFTWARE[kind].version(printed) !== undefined);
    const version = software && SOFTWARE[software].version(printed);
    if (software === undefined || version === undefined)
      return missing(`${path} is not a node program: --version printed "${firstLine(printed)}"`);
    const flags = await flagsOf(path, software, run);
    const record = { path, fingerprint, software, version, flags };
    return { binary: binaryOf(record), record };
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

async function flagsOf(path: string, software: SoftwareKind, run: Run): Promise<readonly string[]> {
  const told = await run([path, "--help"], { deadline_ms: DEADLINE_MS, accept: [1, 2, 101] });
  const flags = [...told.stdout.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z0-9-]*)/gm)].map(
    (match) => match[1] ?? "",
  );
  return flags.length === 0 && software === "antnode" ? USUAL_ANTNODE_FLAGS : flags;
}

const binaryOf = ({ path, software, version, flags }: BinaryRecord): NodeBinary => ({
  path,
  software,
  version,
  flags: new Set(flags),
});

/** What is remembered of a copy at `path` of a program that has told about itself: a copy need not be asked. */
export function recordOfCopy(binary: NodeBinary, path: string): BinaryRecord | undefined {
  const fingerprint = fingerprintOf(path);
  if (binary.version === undefined || fingerprint === undefined) return undefined;
  const { software, version, flags } = binary;
  return { path, fingerprint, software, version, flags: [...flags] };
}

const firstLine = (text: string): string =>
  (text.split("\n")[0] ?? "").replace(/[^\x20-\x7e]+/g, " ").slice(0, 80);

function fingerprintOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(":");
  } catch {
    return undefined;
  }
}
