import { closeSync, openSync } from "node:fs";

/** Opens the path, hands the descriptor to `use`, and closes it. Throws the system's error. */
export function withOpenFile<T>(path: string, flags: number, use: (fd: number) => T, mode?: number): T {
  const fd = openSync(path, flags, mode);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
