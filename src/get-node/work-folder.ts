import { chownSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, WnmError } from "../base/errors.ts";
import { typedWord } from "../base/shell-word.ts";
import { messageOf } from "../base/text.ts";
import { asRoot } from "../os/advice.ts";
import { lockFile } from "../os/lock/file-lock.ts";

const NAME = ".wnm-get-node";

/** Where a download waits until it is verified: on the disk of the program, and for this account alone. */
export type WorkFolder = Disposable & {
  /** What the next call goes on with. */
  readonly path: string;
  /** New files, removed when it is disposed of. */
  readonly fresh: string;
};

/** The folder's path for a program. */
export const workPath = (program: string): string => `${dirname(program)}/${NAME}`;

/**
 * Makes the folder, takes its lock, and removes what a killed call has left, except an unfinished download. undefined when
 * another call is at work there. Throws WnmError when it cannot be written.
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

/** For this account alone; root gives it to the owner of the folder, who then runs the program. */
function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}
