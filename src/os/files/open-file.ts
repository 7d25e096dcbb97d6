import { closeSync, openSync } from "node:fs";

/** Calls `use` with the opened file's descriptor, and closes it. Throws the system's error. */
export function withOpenFile<T>(path: string, flags: number, use: (fd: number) => T, mode?: number): T {
  const fd = openSync(path, flags, mode);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
