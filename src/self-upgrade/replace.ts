import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { WnmError } from "../errors.ts";
import { writeWhole } from "./download.ts";

const PREFIX = ".wnm-upgrade-";
const MAX_PROGRAM_BYTES = 512 * 1024 * 1024;

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Removes what an upgrade that was killed left beside the program. Throws where the folder cannot be written. */
function clearLeftovers(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(PREFIX)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Like the work of an upgrade, when there is none to do: a folder that cannot be written is left as it is. */
export function tidyUp(program: string): void {
  try {
    clearLeftovers(dirname(program));
  } catch {
    // Whoever may write there runs the next upgrade.
  }
}

/**
 * A folder of this run alone, on the program's own disk; disposing of it removes it with all that is in it.
 * What an upgrade that was killed left behind is removed too. Throws WnmError when the place cannot be written.
 */
export function workbench(program: string): Disposable & { readonly path: string } {
  const folder = dirname(program);
  try {
    accessSync(folder, constants.W_OK);
    clearLeftovers(folder);
    const path = mkdtempSync(join(folder, PREFIX));
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === "EACCES";
    const advice = denied ? `; run it as the owner of ${folder}: sudo ${program} --self_upgrade` : "";
    throw new WnmError(`${program} cannot be replaced: ${problemOf(error)}; nothing was changed${advice}`);
  }
}

/** Unpacks a .gz file into an executable with the mode and the owner of `like`. Throws WnmError; nothing else changes. */
export async function unpackProgram(packed: string, to: string, like: string): Promise<void> {
  try {
    let size = 0;
    const fd = openSync(to, "wx", 0o600);
    try {
      for await (const chunk of createReadStream(packed).pipe(createGunzip())) {
        size += (chunk as Uint8Array).length;
        if (size > MAX_PROGRAM_BYTES) throw new Error(`it holds more than ${MAX_PROGRAM_BYTES} bytes`);
        writeWhole(fd, chunk as Uint8Array);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    const { mode, uid, gid } = statSync(like);
    if (process.getuid?.() === 0) chownSync(to, uid, gid);
    chmodSync(to, mode & 0o777);
  } catch (error) {
    throw new WnmError(
      `The new wnm cannot be unpacked to ${dirname(to)}: ${problemOf(error)}; nothing was changed`,
    );
  }
}

/**
 * Puts `fresh` in the program's place in one step; the one before stays as PROGRAM.previous. When `check` of the program
 * in its place throws, the one before is put back and the error goes on.
 */
export async function replaceProgram(
  program: string,
  fresh: string,
  check: (path: string) => Promise<void>,
): Promise<void> {
  const previous = `${program}.previous`;
  const beside = join(dirname(fresh), basename(previous));
  try {
    sameFile(program, beside);
    renameSync(beside, previous);
    renameSync(fresh, program);
  } catch (error) {
    throw new WnmError(`${program} cannot be replaced: ${problemOf(error)}; it is as it was`);
  }
  syncFolder(dirname(program));
  try {
    await check(program);
  } catch (error) {
    sameFile(previous, beside);
    renameSync(beside, program);
    syncFolder(dirname(program));
    throw new WnmError(`${problemOf(error)}; the wnm before is back at ${program}`);
  }
}

/** A second name for a file, or a copy where the disk knows no second names. */
function sameFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    chmodSync(to, statSync(from).mode & 0o777);
  }
}

/** Makes a rename last through a power cut. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
