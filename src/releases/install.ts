import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { asRoot } from "../os/advice.ts";
import { copyFile } from "../os/files/copy-file.ts";
import { withOpenFile } from "../os/files/open-file.ts";
import { NEW_FILE_FLAGS, syncPath, writeEveryByte } from "../os/files/write-whole.ts";
import type { Verified } from "./artefact.ts";

const PREFIX = ".wnm-upgrade-";

/** Removes what a killed upgrade left next to the program. Throws when the folder is not writable. */
function clearLeftovers(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(PREFIX)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Removes what a killed upgrade left, when there is nothing to upgrade. Never fails. */
export function tidyUp(program: string): void {
  try {
    clearLeftovers(dirname(program));
  } catch {
    // The next upgrade is run by an account that may write there.
  }
}

/**
 * Creates a temporary folder on the program's disk; disposal removes it with its contents. Also removes what a killed
 * upgrade left. `option`: the option to retry as the folder's owner, for the message. Throws WnmError when the folder is
 * not writable.
 */
export function workbench(program: string, option: string): Disposable & { readonly path: string } {
  const folder = dirname(program);
  try {
    accessSync(folder, constants.W_OK);
    clearLeftovers(folder);
    const path = mkdtempSync(join(folder, PREFIX));
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  } catch (error) {
    const denied = errorCode(error) === "EACCES";
    const advice = denied
      ? `; run it as the owner of ${folder}, for example ${asRoot(`${process.execPath} ${option}`)}`
      : "";
    throw new WnmError(`${program} cannot be replaced: ${messageOf(error)}; nothing was changed${advice}`);
  }
}

/** Writes a verified file to the new path `to`, with the owner of `like`. Throws WnmError; nothing else changes. */
export function writeVerified({ bytes, name }: Verified, to: string, like: string, mode?: number): void {
  try {
    const owner = statSync(like);
    const fill = (fd: number): void => {
      writeEveryByte(fd, bytes);
      fsyncSync(fd);
    };
    withOpenFile(to, NEW_FILE_FLAGS, fill, 0o600);
    if (process.getuid?.() === 0) chownSync(to, owner.uid, owner.gid);
    chmodSync(to, mode ?? owner.mode & 0o777);
  } catch (error) {
    throw new WnmError(
      `${name} cannot be written to ${dirname(to)}: ${messageOf(error)}; nothing was changed`,
    );
  }
}

/** A new file, on the same disk as its target path. */
export type NewFile = { readonly fresh: string; readonly path: string };

/** Where the previous file of this path is kept. */
export const previousOf = (path: string): string => `${path}.previous`;

/**
 * Installs the files of `what`, each atomically and the program last, so that it never runs without the others. Previous
 * files are kept as PATH.previous. If that fails, or `check` of the installed files throws, restores the previous ones and
 * rethrows. After a kill in between, the previous program is intact, and the next call finishes.
 */
export async function install(
  files: readonly NewFile[],
  what: string,
  check: () => Promise<void>,
): Promise<void> {
  const program = files.at(-1)?.path ?? "";
  const placed: NewFile[] = [];
  try {
    for (const file of files) keepPrevious(file);
    for (const file of files) {
      renameSync(file.fresh, file.path);
      placed.push(file);
    }
  } catch (error) {
    for (const file of placed) putBack(file);
    throw new WnmError(`${program} cannot be replaced: ${messageOf(error)}; it is as it was`);
  }
  syncPath(dirname(program));
  try {
    await check();
  } catch (error) {
    for (const file of placed.toReversed()) putBack(file);
    syncPath(dirname(program));
    throw new WnmError(`${messageOf(error)}; the ${what} before is back at ${program}`);
  }
}

const besideOf = ({ fresh, path }: NewFile): string => join(dirname(fresh), `${basename(path)}.previous`);

/** Hard-links the installed file to its backup name. Throws the system's error. */
function keepPrevious(file: NewFile): void {
  if (lstatSync(file.path, { throwIfNoEntry: false }) === undefined) return;
  const beside = besideOf(file);
  sameFile(file.path, beside);
  renameSync(beside, previousOf(file.path));
  // rename(2) leaves both names where a killed call has made them names of one file.
  rmSync(beside, { force: true });
  // A mark that there was one: what an older upgrade kept is not put back.
  sameFile(previousOf(file.path), beside);
}

/** Restores what was in place before. Throws the system's error. */
function putBack(file: NewFile): void {
  const beside = besideOf(file);
  if (lstatSync(beside, { throwIfNoEntry: false }) === undefined) rmSync(file.path, { force: true });
  else renameSync(beside, file.path);
}

/** Makes a second name for a file, or a copy where the disk has no hard links. */
function sameFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFile(from, to);
    chmodSync(to, statSync(from).mode & 0o777);
  }
}
