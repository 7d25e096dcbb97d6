import { dlopen } from "bun:ffi";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { LockHeld, WnmError } from "../errors.ts";
import { listProcesses, livingProcess } from "./process-id.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
/** A run killed while it made a child leaves the lock to that child until the child is the other program: a moment. */
const LEFTOVER_MS = 1_000;
const POLL_MS = 10;
const LIBRARY = { linux: "libc.so.6", darwin: "/usr/lib/libSystem.B.dylib" } as const;

/**
 * Takes the colony's lock for the life of this process; the kernel frees it however the process ends.
 * The text in the file is for people only. Throws LockHeld when another run has it.
 */
export function acquireLock(path: string, description: string): Disposable {
  const platform = process.platform === "darwin" ? "darwin" : "linux";
  const { symbols } = dlopen(LIBRARY[platform], { flock: { args: ["i32", "i32"], returns: "i32" } });
  const patience = performance.now() + LEFTOVER_MS;
  for (;;) {
    const fd = open(path);
    if (symbols.flock(fd, LOCK_EX | LOCK_NB) !== 0) {
      const holder = readFileSync(fd, "utf8").trim();
      closeSync(fd);
      if (isGone(holder) && performance.now() < patience) {
        Bun.sleepSync(POLL_MS);
        continue;
      }
      throw new LockHeld(holder === "" ? `another run holds ${path}` : holder);
    }
    if (!isStill(fd, path)) {
      closeSync(fd);
      continue;
    }
    const python = pythonHolder(readFileSync(fd, "utf8"));
    if (python !== undefined) {
      closeSync(fd);
      throw new LockHeld(`Python wnm works here as process ${python}; end it, or take it out of cron`);
    }
    ftruncateSync(fd, 0);
    writeSync(fd, `${description}\n`, 0);
    return {
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

/**
 * Python wnm takes no lock: it writes the time (seconds since 1970) into the file and removes it at the end. Such a
 * file counts while a Python wnm is alive; after a crash of it, it does not.
 */
function pythonHolder(content: string): number | undefined {
  if (!/^\d{9,12}(\.\d+)?\s*$/.test(content)) return undefined;
  const isPython = (argv: readonly string[]) => /(^|\/)python[\d.]*$/.test(argv[0] ?? "");
  const isWnm = (argv: readonly string[]) =>
    argv.slice(1, 4).some((word) => /(^|\/)wnm(\/__main__\.py)?$/.test(word));
  return listProcesses()?.find(({ argv }) => isPython(argv) && isWnm(argv))?.pid;
}

/** The run that the lock file names has ended. */
function isGone(holder: string): boolean {
  const pid = /^pid (\d+)/.exec(holder)?.[1];
  return pid !== undefined && livingProcess(Number(pid)) === undefined;
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new WnmError(
      `The lock file ${path} cannot be opened: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The path still leads to the locked file: a run that ended meanwhile removes its own. */
function isStill(fd: number, path: string): boolean {
  try {
    return statSync(path).ino === fstatSync(fd).ino;
  } catch {
    return false;
  }
}
