import { EXIT, type ExitCode, UsageError } from "../base/errors.ts";
import { isThere } from "../os/files/presence.ts";
import { lockPaths } from "../os/paths.ts";
import type { Context } from "./context.ts";
import { acquire } from "./lock-colony.ts";

/** Explains the lock file and removes one that was left behind. Throws LockHeld while a run holds it. */
export function removeLockfile(context: Context): ExitCode {
  const path = lockPaths(context.options.paths.database).marker;
  if (context.issues.length > 0) throw new UsageError(context.issues);
  if (!isThere(path)) {
    context.world.print(`Lock file does not exist: ${path}\n`);
    return EXIT.done;
  }
  acquire(context, undefined, false)[Symbol.dispose]();
  context.world.print(
    `Lock file removed: ${path}\n(The kernel frees wnm's lock with its process, so a file left behind never stops a run.)\n`,
  );
  return EXIT.done;
}
