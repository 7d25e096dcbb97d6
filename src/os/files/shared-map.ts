import { rmSync, writeFileSync } from "node:fs";
import { absentOr, isUnknown } from "./presence.ts";

/**
 * True unless the file system of `path` refuses memory that programs share (mmap(2) with MAP_SHARED: ENODEV), as CIFS,
 * 9p and FUSE may. `path` is made for it and removed again.
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
