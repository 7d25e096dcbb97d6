import { rmSync, writeFileSync } from "node:fs";
import { absentOr, isUnknown } from "./presence.ts";

/**
 * False when the file system of `path` does not support shared memory mappings (mmap(2) with MAP_SHARED: ENODEV), as with
 * CIFS, 9p and FUSE. Creates and removes `path` to test it.
 */
export function canShareMemory(path: string): boolean {
  try {
    writeFileSync(path, "\n", { mode: 0o600, flag: "wx" });
    Bun.mmap(path);
    return true;
  } catch (error) {
    const found = absentOr(error);
    return !(isUnknown(found) && /ENODEV|EINVAL|EOPNOTSUPP|no such device/i.test(String(error)));
  } finally {
    rmSync(path, { force: true });
  }
}
