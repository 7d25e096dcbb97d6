import { rmSync } from "node:fs";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { textOf } from "./open-regular.ts";
import { isUnknown, namesAt } from "./presence.ts";
import { discard, putInPlace } from "./write-whole.ts";

/** Writes a text file atomically unless it is equal. Throws WnmError. */
export function writeTextFile(path: string, text: string, mode = 0o600): void {
  if (textOf(path, "definition") === text) return;
  try {
    putInPlace(path, text, { mode });
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be written: ${messageOf(error)}`);
  }
}

/** Removes a file and what a killed write left; a missing file is no error. Throws WnmError. */
export function removeFile(path: string): void {
  try {
    for (const name of [path, `${path}.new`]) rmSync(name, { force: true });
  } catch (error) {
    throw new WnmError(`The file ${path} cannot be removed: ${messageOf(error)}`);
  }
}

/** Removes one of wnm's own folders with its contents; a missing folder is no error. Throws WnmError. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw new WnmError(`The folder ${path} cannot be removed: ${messageOf(error)}`);
  }
}

/** Deletes files directly inside `folder` whose names begin with `prefix`, except those in `keep`. Never fails. */
export function removeFilesExcept(folder: string, prefix: string, keep: ReadonlySet<string>): void {
  const names = namesAt(folder);
  if (names === "absent" || isUnknown(names)) return;
  for (const name of names.found) {
    if (name.startsWith(prefix) && !keep.has(name)) discard(`${folder}/${name}`);
  }
}
