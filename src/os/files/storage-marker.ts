import { lstatSync } from "node:fs";
import { WnmError } from "../errors.ts";
import type { Run } from "./command.ts";
import { exists } from "./files.ts";
import { textIn, withRegularFile } from "./regular-file.ts";
import { putInPlace } from "./whole-file.ts";

/** Proves that the storage is the one the colony knows: an unmounted disk leaves an empty folder without it. */
export const MARKER = ".wnm-storage";

/** Writes the marker with this identity, whole or not at all. */
export function markStorage(folder: string, id: string): void {
  try {
    putInPlace(`${folder}/${MARKER}`, contentOf(id), { mode: 0o644 });
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

/** The identity that the marker of a storage folder carries; undefined when there is none that can be read. */
export const storageId = (folder: string): string | undefined =>
  withRegularFile(`${folder}/${MARKER}`, (file) => textIn(file, MOST_ID).split("\n")[0]);

const MOST_ID = 200;

/** Why the storage must not be touched; undefined when it is there and it is ours. */
export function storageProblem(folder: string, id: string): string | undefined {
  try {
    if (!lstatSync(folder).isDirectory()) return `${folder} is not a folder`;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? `${folder} is not there; is its disk mounted?` : `${folder} cannot be read: ${error}`;
  }
  const found = storageId(folder);
  if (found === undefined)
    return exists(`${folder}/${MARKER}`)
      ? `${folder}/${MARKER} is there and cannot be read`
      : `${folder} has no ${MARKER} file; is its disk mounted?`;
  return found === id
    ? undefined
    : `${folder} belongs to another colony (its ${MARKER} says ${found}, not ${id})`;
}
