import { statSync } from "node:fs";
import type { NodeBinary } from "../model/host.ts";
import type { Run } from "../os/command.ts";
import { SOFTWARE } from "./register.ts";

/** What is remembered of a program, so that it is asked again only when the file has changed. */
export type BinaryRecord = {
  readonly path: string;
  /** Size, times and inode of the file: another file has another fingerprint. */
  readonly fingerprint: string;
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
    return missing(`there is no node program at ${path}; install antnode there or set --antnode_path`);
  }
  if (known !== undefined && known.path === path && known.fingerprint === fingerprint) {
    return { binary: { path, version: known.version, flags: new Set(known.flags) }, record: known };
  }
  try {
    const printed = (await run([path, "--version"], { deadline_ms: DEADLINE_MS })).stdout;
    const version = Object.values(SOFTWARE)
      .map((kind) => kind.version(printed))
      .find((found) => found !== undefined);
    if (version === undefined)
      return missing(`${path} is not a node program: --version printed "${firstLine(printed)}"`);
    const help = (await run([path, "--help"], { deadline_ms: DEADLINE_MS })).stdout;
    const flags = [...help.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z0-9-]*)/gm)].map((match) => match[1] ?? "");
    const record = { path, fingerprint, version, flags };
    return { binary: { path, version, flags: new Set(flags) }, record };
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

/** What is remembered of a copy at `path` of a program that has told about itself: a copy need not be asked. */
export function recordOfCopy(binary: NodeBinary, path: string): BinaryRecord | undefined {
  const fingerprint = fingerprintOf(path);
  if (binary.version === undefined || fingerprint === undefined) return undefined;
  return { path, fingerprint, version: binary.version, flags: [...binary.flags] };
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
