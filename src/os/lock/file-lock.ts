import { closeSync, constants, openSync } from "node:fs";
import { kernelLock } from "./flock.ts";

/**
 * Locks the file at `path`, which is made where it is missing, for the life of this process or until it is disposed of;
 * undefined when another process holds it. Waits for nothing. Throws the system's error, or WnmError where files cannot be
 * locked.
 */
export function lockFile(path: string): Disposable | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if (kernelLock()(fd, path)) return { [Symbol.dispose]: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}
