import { statfsSync } from "node:fs";

/** Size and use of the file system that holds `folder`, as df(1) counts: blocks kept for root are not free. */
export function diskUse(folder: string): { total: number; free: number; used_percent: number } | undefined {
  try {
    const { blocks, bfree, bavail, bsize } = statfsSync(folder);
    const used = blocks - bfree;
    if (used + bavail <= 0) return undefined;
    return { total: blocks * bsize, free: bavail * bsize, used_percent: (100 * used) / (used + bavail) };
  } catch {
    return undefined;
  }
}
