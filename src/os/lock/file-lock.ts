import { closeSync, constants, openSync } from "node:fs";
import { kernelLock } from "./flock.ts";

/**
 * Locks the file at `path`, created if missing, until disposed or the process ends; undefined when another process holds
 * it. Does not wait. Throws the system's error, or WnmError if files cannot be locked.
 */
export function lockFile(path: string): Disposable | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if (kernelLock()(fd, path)) return { [Symbol.dispose]: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}
