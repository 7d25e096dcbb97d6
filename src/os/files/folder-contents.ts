import { readdirSync } from "node:fs";

/** Every path below the folder, in order, without following links; undefined when part of it cannot be listed. */
export function contentsOf(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  } catch {
    return undefined;
  }
}

/** True when the folder certainly still has everything it had before. */
export function isWhole(folder: string, before: readonly string[] | undefined): boolean {
  const now = contentsOf(folder);
  if (before === undefined || now === undefined) return false;
  const names = new Set(now);
  return before.every((path) => names.has(path));
}

/** True for error codes of a deletion that the system did not permit; unlink(2), rmdir(2). */
export const isRefusal = (code: string | undefined): boolean =>
  code === "EPERM" || code === "EACCES" || code === "EROFS" || code === "EBUSY";

/** The same for the error messages of rm(1). */
export const isRefusalMessage = (stderr: string): boolean =>
  /Operation not permitted|Permission denied|Read-only file system|(Device or )?[Rr]esource busy/.test(
    stderr,
  );
