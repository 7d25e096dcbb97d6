import { closeSync, openSync } from "node:fs";
import { endsInTime, programPath } from "./command.ts";
import { kernelLock } from "./lock/flock.ts";
import { POLL_MS } from "./lock/waiting.ts";

/**
 * True when the file system of the folder takes changes in time, whatever it says of them. A frozen one (fsfreeze(8), a
 * snapshot under way) lets everybody read, and whoever changes anything waits until it is thawed. Asked by a process of
 * its own that wants to remove a folder that is never there. While it waits it holds the folder's lock, so that one
 * waits for a disk, and not one a run.
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
      // Another run may be asking as well.
      if (performance.now() > until) return false;
      await Bun.sleep(POLL_MS);
    }
    return await endsInTime([program, "--", `${folder}/.wnm-is-there-a-change`], ms, fd);
  } catch {
    // A folder that is missing, closed to this account or without locks is no frozen one.
    return true;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
