import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { Refused, WnmError } from "../errors.ts";
import { accountOf } from "./account.ts";
import type { Run } from "./command.ts";
import { withRegularFile } from "./regular-file.ts";
import { discard } from "./whole-file.ts";

/** Changes to files with one account's rights. Each may be called again and ends in the same state; each is verified. */
export interface Files {
  /** Makes one folder below an existing one, mode 0755, for the nodes' account. An existing folder is left as it is, unless a kill cut its making off. */
  makeFolder(path: string): Promise<void>;
  /** Puts an executable copy in place, whole or not at all (copy beside, sync, rename). */
  installProgram(from: string, to: string): Promise<void>;
  /** Writes a small file for the nodes' account, mode 0644, whole or not at all; an equal one is left alone. */
  writeText(path: string, text: string): Promise<void>;
  /** The content of a file that only the nodes' account may read; undefined when it is not there. */
  readPrivate(path: string): Promise<Uint8Array | undefined>;
  /** Puts a file there that only the nodes' account may read; one that is there is never written over. False: one is there. */
  placePrivate(path: string, content: Uint8Array): Promise<boolean>;
  /** Deletes the folder `path`, which must be a real folder directly inside `parent`; nothing else is ever deleted. */
  removeFolder(path: string, parent: string): Promise<void>;
}

/** True when something is there, be it a broken link. */
export function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The account that a file belongs to; undefined when there is none that can be looked at. */
export function ownerOfFile(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** The text of a file that a node may have changed; undefined when it cannot be read. */
const textOf = (path: string): string | undefined =>
  withRegularFile(path, ({ fd }) => readFileSync(fd, "utf8"));
/** Names in a folder, in order; none when there is no such folder or it may not be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

/** True for a folder itself; false for a link to one. */
export const isFolder = (path: string): boolean => {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Throws WnmError when a link, a pipe or a folder has the file's name: what a node may have planted is not read. */
function holdsFile(path: string): boolean {
  if (!exists(path)) return false;
  if (!lstatSync(path).isFile())
    throw new WnmError(`${path} is not a file of its own (a link, a pipe or a folder), so it is not read`);
  return true;
}

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
      discard(beside);
      throw new WnmError(`${from} cannot be copied to ${to}: ${problemOf(error)}`);
    }
  },
  async writeText(path, text) {
    if (textOf(path) === text) return;
    const beside = `${path}.new`;
    try {
      rmSync(beside, { force: true });
      writeFileSync(beside, text, { mode: 0o644, flag: "wx", flush: true });
      renameSync(beside, path);
    } catch (error) {
      throw new WnmError(`The file ${path} cannot be written: ${problemOf(error)}`);
    }
  },
  async readPrivate(path) {
    if (!holdsFile(path)) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      throw new WnmError(`The file ${path} cannot be read: ${problemOf(error)}`);
    }
  },
  async placePrivate(path, content) {
    const beside = `${path}.new`;
    try {
      rmSync(beside, { force: true });
      writeFileSync(beside, content, { mode: 0o600, flag: "wx", flush: true });
      // A link to a name that is taken fails, where a rename would put the new file over the old.
      linkSync(beside, path);
      return true;
    } catch (error) {
      if (exists(path)) return false;
      throw new WnmError(`The file ${path} cannot be written: ${problemOf(error)}`);
    } finally {
      discard(beside);
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
  for (const name of namesIn(folder)) {
    if (name.startsWith(prefix) && !keep.has(name)) discard(`${folder}/${name}`);
  }
}

/** What the commands of Linux and macOS spell differently: "the target is no folder", "stay on this disk", the group. */
const DIALECT = {
  linux: {
    exact: ["-T"],
    one_disk: ["--one-file-system"],
    group: undefined,
    base64: ["-w", "0", "--"],
    installs_input: true,
  },
  darwin: { exact: [], one_disk: ["-x"], group: "staff", base64: ["-i"], installs_input: false },
} as const;

/** Files of the account `ant`, through the least commands that sudo (or root) needs for it. */
export const elevatedFiles = (
  run: Run,
  prefix: readonly string[],
  owner: string,
  platform: keyof typeof DIALECT = "linux",
): Files => {
  const { exact, one_disk, group = owner, base64, installs_input } = DIALECT[platform];
  const elevated = (...argv: readonly string[]) => fed(undefined, ...argv);
  const fed = (input: string | Uint8Array | undefined, ...argv: readonly string[]) => {
    const [program = "", ...args] = [...prefix, ...argv];
    return run([program, ...args], { deadline_ms: 120_000, ...(input === undefined ? {} : { input }) });
  };
  const write = async (content: string | Uint8Array, path: string, mode: string) => {
    const owned = ["-o", owner, "-g", group, "-m", mode, ...exact, "--"];
    if (installs_input) {
      await fed(content, "install", ...owned, "/dev/stdin", path);
    } else {
      // An empty file first, so that nobody else ever reads a key.
      await elevated("install", ...owned, "/dev/null", path);
      await fed(content, "tee", "--", path);
    }
  };
  const elevatedOr = (accept: readonly number[], ...argv: readonly string[]) => {
    const [program = "", ...args] = [...prefix, ...argv];
    return run([program, ...args], { deadline_ms: 120_000, accept });
  };
  return {
    async makeFolder(path) {
      if (isFolder(path) && !isCutOff(path, owner)) return;
      // install(1) would give away the folder that a planted link leads to.
      if (exists(path) && !isFolder(path))
        throw new WnmError(`The folder ${path} cannot be made: a link or a file has its name`);
      if (!isFolder(dirname(path)))
        throw new WnmError(`The folder ${path} cannot be made: ${dirname(path)} is not there`);
      await elevated("install", "-d", "-o", owner, "-g", group, "-m", "0755", "--", path);
    },
    async installProgram(from, to) {
      const beside = `${to}.new`;
      await elevated("install", "-o", owner, "-g", group, "-m", "0755", ...exact, "--", from, beside);
      await elevated("mv", "-f", ...exact, "--", beside, to);
    },
    async writeText(path, text) {
      if (textOf(path) === text) return;
      await write(text, `${path}.new`, "0644");
      await elevated("mv", "-f", ...exact, "--", `${path}.new`, path);
    },
    async readPrivate(path) {
      if (!holdsFile(path)) return undefined;
      const { stdout } = await elevated("base64", ...base64, path);
      return Uint8Array.fromBase64(stdout.trim());
    },
    async placePrivate(path, content) {
      if (exists(path)) return false;
      const beside = `${path}.new`;
      await write(content, beside, "0600");
      // A link to a name that is taken fails, where a rename would put the new file over the old.
      const { code } = await elevatedOr([1], "ln", ...exact, "--", beside, path);
      await elevated("rm", "-f", "--", beside);
      return code === 0;
    },
    async removeFolder(path, parent) {
      if (!mayRemove(path, parent)) return;
      await elevated("rm", "-r", "-f", ...one_disk, "--", path);
      if (exists(path)) throw new WnmError(`The folder ${path} is still there after it was removed`);
    },
  };
};

/** What node folders are called. */
const NODE_FOLDER = /^antnode\d{4,}$/;

/**
 * install(1) makes a folder for its maker alone, then gives it away, then opens it: a node's folder that a kill has cut
 * off on that way, so that the node, or wnm, could never look into it.
 */
function isCutOff(path: string, owner: string): boolean {
  const { uid, mode } = statSync(path);
  return (
    NODE_FOLDER.test(basename(path)) &&
    (mode & 0o777) === 0o700 &&
    (uid === 0 || accountOf(uid)?.user === owner)
  );
}

/** The last word before anything is deleted. False: nothing is there. Throws Refused unless it is a node's own folder. */
function mayRemove(path: string, parent: string): boolean {
  const refuse = (why: string) => new Refused(`${path} is not removed: ${why}`);
  if (!exists(path)) return false;
  if (!NODE_FOLDER.test(basename(path))) throw refuse("its name is not that of a node");
  if (dirname(path) !== parent || parent === "/") throw refuse(`it is not directly inside ${parent}`);
  if (!isFolder(path)) throw refuse("it is not a folder of its own (a link or a file)");
  if (realpathSync(path) !== `${realpathSync(parent)}/${basename(path)}`) throw refuse("it leads elsewhere");
  const mount = mountIn(path);
  if (mount !== undefined) throw refuse(`${mount} is a mounted disk; unmount it first`);
  return true;
}

/** What is mounted on a folder or below it (proc_pid_mountinfo(5)); undefined for nothing. */
function mountIn(path: string): string | undefined {
  const table = textOf("/proc/self/mountinfo") ?? "";
  const points = table.split("\n").map((line) => (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, octal));
  return points.find((point) => `${point}/`.startsWith(`${realpathSync(path)}/`));
}
const octal = (_: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 8));

/** Waits until a file's content, or a folder's list of names, is on the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
