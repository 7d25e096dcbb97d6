import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { Refused, WnmError } from "../errors.ts";
import type { Run } from "./command.ts";

/** Changes to files with one account's rights. Each may be called again and ends in the same state; each is verified. */
export interface Files {
  /** Makes one folder below an existing one, mode 0755, for the nodes' account. An existing folder is left as it is. */
  makeFolder(path: string): Promise<void>;
  /** Puts an executable copy in place, whole or not at all (copy beside, sync, rename). */
  installProgram(from: string, to: string): Promise<void>;
  /** Deletes the folder `path`, which must be a real folder directly inside `parent`; nothing else is ever deleted. */
  removeFolder(path: string, parent: string): Promise<void>;
}

/** True when something is there, be it a broken link. */
export function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Names in a folder, in order; none when there is no such folder or it may not be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

const isFolder = (path: string): boolean => {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
};

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Files with the rights of this process. */
export const plainFiles: Files = {
  async makeFolder(path) {
    if (isFolder(path)) return;
    try {
      mkdirSync(path, { mode: 0o755 });
    } catch (error) {
      throw new WnmError(`The folder ${path} cannot be made: ${problemOf(error)}`);
    }
  },
  async installProgram(from, to) {
    const beside = `${to}.new`;
    try {
      rmSync(beside, { force: true });
      copyFileSync(from, beside, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      chmodSync(beside, 0o755);
      syncPath(beside);
      renameSync(beside, to);
    } catch (error) {
      rmSync(beside, { force: true });
      throw new WnmError(`${from} cannot be copied to ${to}: ${problemOf(error)}`);
    }
  },
  async removeFolder(path, parent) {
    if (!mayRemove(path, parent)) return;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      throw new WnmError(`The folder ${path} cannot be removed: ${problemOf(error)}`);
    }
    if (exists(path)) throw new WnmError(`The folder ${path} is still there after it was removed`);
  },
};

/** Deletes files directly inside `folder` whose names begin with `prefix`, but for those named in `keep`. */
export function removeFilesExcept(folder: string, prefix: string, keep: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix) && !keep.has(name)) rmSync(`${folder}/${name}`, { force: true });
  }
}

/** Files of the account `ant`, through the least commands that sudo (or root) needs for it. */
export const elevatedFiles = (run: Run, prefix: readonly string[], owner: string): Files => {
  const elevated = (...argv: readonly string[]) => {
    const [program = "", ...args] = [...prefix, ...argv];
    return run([program, ...args], { deadline_ms: 120_000 });
  };
  return {
    async makeFolder(path) {
      if (isFolder(path)) return;
      if (!isFolder(dirname(path)))
        throw new WnmError(`The folder ${path} cannot be made: ${dirname(path)} is not there`);
      await elevated("install", "-d", "-o", owner, "-g", owner, "-m", "0755", "--", path);
    },
    async installProgram(from, to) {
      const beside = `${to}.new`;
      await elevated("install", "-o", owner, "-g", owner, "-m", "0755", "-T", "--", from, beside);
      await elevated("mv", "-f", "-T", "--", beside, to);
    },
    async removeFolder(path, parent) {
      if (!mayRemove(path, parent)) return;
      await elevated("rm", "-r", "-f", "--one-file-system", "--", path);
      if (exists(path)) throw new WnmError(`The folder ${path} is still there after it was removed`);
    },
  };
};

/** The last word before anything is deleted. False: nothing is there. Throws Refused unless it is a node's own folder. */
function mayRemove(path: string, parent: string): boolean {
  const refuse = (why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!exists(path)) return false;
  if (!/^antnode\d{4,}$/.test(basename(path))) throw refuse("its name is not that of a node");
  if (dirname(path) !== parent || parent === "/") throw refuse(`it is not directly inside ${parent}`);
  if (!isFolder(path)) throw refuse("it is not a folder of its own (a link or a file)");
  if (realpathSync(path) !== `${realpathSync(parent)}/${basename(path)}`) throw refuse("it leads elsewhere");
  return true;
}

/** Waits until a file's content, or a folder's list of names, is on the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
