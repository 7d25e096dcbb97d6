import { readdirSync } from "node:fs";

/** Every path below the folder, in order, no link followed; undefined when not all of it can be listed. */
export function contentsOf(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  } catch {
    return undefined;
  }
}

/** True when the folder is known to hold all that it held before. */
export function isWhole(folder: string, before: readonly string[] | undefined): boolean {
  const now = contentsOf(folder);
  if (before === undefined || now === undefined) return false;
  const names = new Set(now);
  return before.every((path) => names.has(path));
}

/** True for errors of a deletion that the system did not allow; unlink(2) and rmdir(2). */
export const isRefusal = (code: string | undefined): boolean =>
  code === "EPERM" || code === "EACCES" || code === "EROFS" || code === "EBUSY";

/** The same errors in the words of rm(1). */
export const saysRefusal = (stderr: string): boolean =>
  /Operation not permitted|Permission denied|Read-only file system|(Device or )?[Rr]esource busy/.test(
    stderr,
  );
