import { chownSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, WnmError } from "../base/errors.ts";
import { typedWord } from "../base/shell-word.ts";
import { messageOf } from "../base/text.ts";
import { asRoot } from "../os/advice.ts";
import { lockFile } from "../os/lock/file-lock.ts";

const NAME = ".wnm-get-node";

/** A private folder, on the program's disk, for a download until it is verified. */
export type WorkFolder = Disposable & {
  /** For files that the next call can resume. */
  readonly path: string;
  /** For new files, removed on disposal. */
  readonly fresh: string;
};

/** The folder's path for a program. */
export const workPath = (program: string): string => `${dirname(program)}/${NAME}`;

/**
 * Creates and locks the folder, and removes leftovers of a killed call, except an unfinished download. undefined while
 * another call uses it. Throws WnmError when it cannot be written.
 */
export function workFolder(program: string): WorkFolder | undefined {
  const path = workPath(program);
  const fresh = `${path}/fresh`;
  const clear = (): void => rmSync(fresh, { recursive: true, force: true });
  try {
    mkdirSync(dirname(program), { recursive: true });
    makePrivate(path);
    const lock = lockFile(`${path}/lock`);
    if (lock === undefined) return undefined;
    clear();
    makePrivate(fresh);
    return {
      path,
      fresh,
      [Symbol.dispose]: () => {
        clear();
        lock[Symbol.dispose]();
      },
    };
  } catch (error) {
    if (error instanceof WnmError) throw error;
    const denied = errorCode(error) === "EACCES";
    const advice = denied
      ? `; run it as the owner of ${dirname(program)}, for example ${asRoot(`${typedWord(process.execPath)} --get_node`)}`
      : "";
    throw new WnmError(`Nothing can be put at ${program}: ${messageOf(error)}; nothing was changed${advice}`);
  }
}

/** Makes the folder private; as root, gives it to the owner of the parent folder, who will run the program. */
function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}
