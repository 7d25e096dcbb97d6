import { dlopen } from "bun:ffi";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { LockHeld, WnmError } from "../errors.ts";
import { listProcesses, livingProcess, ownerOf } from "./process-id.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
/** A run killed while it made a child leaves the lock to that child until the child is the other program: a moment. */
const LEFTOVER_MS = 1_000;
const POLL_MS = 10;
const LIBRARY = { linux: "libc.so.6", darwin: "/usr/lib/libSystem.B.dylib" } as const;

/** The colony's lock while it is held. */
export type Lock = Disposable & {
  /** What Python wnm left behind in the lock file when it crashed, in a sentence. */
  readonly left_behind: string | undefined;
};

/**
 * Takes the colony's lock for the life of this process; the kernel frees it however the process ends.
 * The text in the file is for people only. Throws LockHeld when another run has it.
 */
export function acquireLock(path: string, description: string): Lock {
  const flock = kernelLock();
  const patience = performance.now() + LEFTOVER_MS;
  for (;;) {
    const fd = open(path);
    if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
      const holder = contentOf(fd).trim();
      closeSync(fd);
      if (isGone(holder) && performance.now() < patience) {
        Bun.sleepSync(POLL_MS);
        continue;
      }
      throw new LockHeld(holder === "" ? `another run holds ${path}` : holder);
    }
    const file = fstatSync(fd);
    if (!isStill(file, path) || isElsewhereToo(file, path)) {
      closeSync(fd);
      continue;
    }
    const since = file.size === 0 ? undefined : pythonLockedAt(contentOf(fd));
    const python = since === undefined ? undefined : pythonHolder(file.uid);
    if (python !== undefined) {
      closeSync(fd);
      throw new LockHeld(`Python wnm works here as process ${python}; end it, or take it out of cron`);
    }
    describe(fd, description);
    return {
      left_behind:
        since &&
        `${path} was left behind by a Python wnm that began at ${since} and did not end well; it holds nobody up, and wnm has removed it`,
      // Removed while held: Python wnm takes the mere file for a running wnm.
      [Symbol.dispose]: () => {
        try {
          unlinkSync(path);
        } catch {
          // Somebody else removed it; the lock itself ends with the descriptor.
        }
        closeSync(fd);
      },
    };
  }
}

/** For people only: a full or failing disk keeps no run from its work. */
function describe(fd: number, description: string): void {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${description}\n`, 0);
  } catch {
    // The lock is held all the same.
  }
}

/** flock(2). Throws WnmError where the C library cannot be called. */
function kernelLock(): (fd: number, operation: number) => number {
  const platform = process.platform === "darwin" ? "darwin" : "linux";
  try {
    return dlopen(LIBRARY[platform], { flock: { args: ["i32", "i32"], returns: "i32" } }).symbols.flock;
  } catch (error) {
    throw new WnmError(
      `No lock can be taken here, so nothing was done (${error instanceof Error ? error.message : error}); unset BUN_* variables, and let wnm make executable memory`,
    );
  }
}

/** More than any run writes there. */
const MOST_CONTENT = 2_000;

function contentOf(fd: number): string {
  const bytes = Buffer.alloc(MOST_CONTENT);
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, MOST_CONTENT, 0));
}

/** A hard link to somebody's file is not written to; the name is wnm's own, so it may go. */
function isElsewhereToo({ nlink }: Stats, path: string): boolean {
  if (nlink < 2) return false;
  unlinkSync(path);
  return true;
}

/**
 * Python wnm takes no lock: it writes the time (seconds since 1970) into the file and removes it at the end. Such a
 * file counts while a Python wnm is alive; after a crash of it, it does not. Gives that time; undefined for other files.
 */
function pythonLockedAt(content: string): string | undefined {
  const seconds = /^(\d{9,12})(?:\.\d+)?\s*$/.exec(content)?.[1];
  return seconds && new Date(Number(seconds) * 1000).toISOString();
}

/** A living Python wnm of this account. */
const pythonHolder = (uid: number): number | undefined =>
  listProcesses()?.find(({ pid, argv }) => runsPythonWnm(argv) && (ownerOf(pid) ?? uid) === uid)?.pid;

function runsPythonWnm([program = "", ...words]: readonly string[]): boolean {
  if (!/(^|\/)python[\d.]*$/.test(program)) return false;
  const script = words.find((word, i) => !word.startsWith("-") || words[i - 1] === "-m");
  return /(^|\/)wnm(\/__main__\.py)?$/.test(script ?? "");
}

/** The run that the lock file names has ended. */
function isGone(holder: string): boolean {
  const pid = /^pid (\d+)/.exec(holder)?.[1];
  return pid !== undefined && livingProcess(Number(pid)) === undefined;
}

function open(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    throw new Error("it is no plain file; remove it");
  } catch (error) {
    throw new WnmError(
      `The lock file ${path} cannot be opened: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The path still leads to the locked file: a run that ended meanwhile removes its own. */
function isStill({ ino }: Stats, path: string): boolean {
  try {
    return statSync(path).ino === ino;
  } catch {
    return false;
  }
}
