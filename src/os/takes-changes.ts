import { closeSync, openSync } from "node:fs";
import { endsInTime, programPath } from "./command.ts";
import { kernelLock } from "./lock/flock.ts";
import { POLL_MS } from "./lock/waiting.ts";

/**
 * True when a write to the folder's file system returns in time, even with an error. A frozen one (fsfreeze(8), a snapshot
 * in progress) can be read, but writes block until it is thawed. A child process tests it by removing a folder that never
 * exists. It holds the folder's lock meanwhile, so that only one such process hangs per disk instead of one per run.
 */
export async function takesChanges(folder: string, ms: number): Promise<boolean> {
  const program = programPath("rmdir");
  if (program === undefined) return true;
  let fd: number | undefined;
  try {
    fd = openSync(folder, "r");
    const until = performance.now() + ms;
    const tryLock = kernelLock();
    while (!tryLock(fd, folder)) {
      // Another run may be testing as well.
      if (performance.now() > until) return false;
      await Bun.sleep(POLL_MS);
    }
    return await endsInTime([program, "--", `${folder}/.wnm-is-there-a-change`], ms, fd);
  } catch {
    // A folder that is missing, inaccessible or without lock support is not frozen.
    return true;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
