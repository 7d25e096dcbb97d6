import { closeSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { WnmError } from "../errors.ts";
import type { Run } from "./command.ts";

/** Proves that the storage is the one the colony knows: an unmounted disk leaves an empty folder without it. */
export const MARKER = ".wnm-storage";

/** Writes the marker with this identity, whole or not at all. */
export function markStorage(folder: string, id: string): void {
  const beside = `${folder}/${MARKER}.new`;
  try {
    const fd = openSync(beside, "w", 0o644);
    try {
      writeSync(fd, contentOf(id));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, `${folder}/${MARKER}`);
  } catch (error) {
    throw new WnmError(
      `The storage ${folder} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Like markStorage, for a folder of another account: `asRoot` is put before commands to run them as root. */
export async function markStorageAsRoot(
  folder: string,
  id: string,
  run: Run,
  asRoot: readonly string[],
): Promise<void> {
  const beside = `${folder}/${MARKER}.new`;
  const elevated = (argv: readonly string[], input?: string) => {
    const [program = "", ...args] = [...asRoot, ...argv];
    return run([program, ...args], input === undefined ? {} : { input });
  };
  await elevated(["install", "-m", "0644", "-T", "--", "/dev/stdin", beside], contentOf(id));
  await elevated(["mv", "-f", "-T", "--", beside, `${folder}/${MARKER}`]);
}

const contentOf = (id: string): string =>
  `${id}\nThis folder holds nodes of wnm. Without this file wnm does not touch them.\n`;

/** The identity that the marker of a storage folder carries; undefined when there is none. */
export function storageId(folder: string): string | undefined {
  try {
    return readFileSync(`${folder}/${MARKER}`, "utf8").split("\n")[0];
  } catch {
    return undefined;
  }
}

/** Why the storage must not be touched; undefined when it is there and it is ours. */
export function storageProblem(folder: string, id: string): string | undefined {
  try {
    if (!lstatSync(folder).isDirectory()) return `${folder} is not a folder`;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? `${folder} is not there; is its disk mounted?` : `${folder} cannot be read: ${error}`;
  }
  const found = storageId(folder);
  if (found === undefined) return `${folder} has no ${MARKER} file; is its disk mounted?`;
  return found === id
    ? undefined
    : `${folder} belongs to another colony (its ${MARKER} says ${found}, not ${id})`;
}
