import { type StatsFs, statfsSync } from "node:fs";

/** Size and use of a file system. `full_of`: of what most of it is used when that is not its bytes. */
export type DiskUse = {
  readonly total: number;
  readonly free: number;
  readonly used_percent: number;
  readonly full_of: string | undefined;
};

/** What statfs(2) says, as far as it is used here. */
export type FileSystemCounts = Pick<
  StatsFs,
  "blocks" | "bfree" | "bavail" | "bsize" | "frsize" | "files" | "ffree"
>;

/** The file system that holds `folder`; undefined when it cannot be measured. */
export function diskUse(folder: string): DiskUse | undefined {
  try {
    return diskUseOf(statfsSync(folder));
  } catch {
    return undefined;
  }
}

/**
 * Size and use as df(1) counts: blocks of f_frsize, those kept for root are not free. Without a free inode no file can be
 * made, so the scarcer of bytes and inodes counts. undefined for numbers that contradict each other. Pure.
 */
export function diskUseOf(counts: FileSystemCounts): DiskUse | undefined {
  const { blocks, bfree, bavail, files, ffree } = counts;
  const size = counts.frsize > 0 ? counts.frsize : counts.bsize;
  if (!(size > 0 && blocks * size < Number.POSITIVE_INFINITY)) return undefined;
  if (!(bavail >= 0 && bavail <= blocks && bfree >= 0 && bfree <= blocks)) return undefined;
  const used = blocks - bfree;
  if (!(used + bavail > 0)) return undefined;
  const of_bytes = (100 * used) / (used + bavail);
  // A file system that makes inodes on demand reports none.
  const of_inodes = files > 0 && ffree >= 0 && ffree <= files ? (100 * (files - ffree)) / files : 0;
  return {
    total: blocks * size,
    free: bavail * size,
    used_percent: Math.max(of_bytes, of_inodes),
    full_of: of_inodes > of_bytes ? "its inodes" : undefined,
  };
}
