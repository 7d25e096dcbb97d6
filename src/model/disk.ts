import type { Deletion, Quarter, Sample } from "./history.ts";
import type { HostMetrics } from "./host.ts";

/** The measurements of a file system. */
export type DiskMetrics = Pick<HostMetrics, "used_hd_percent" | "hd_of" | "total_hd_bytes" | "free_hd_bytes">;

/** A file system that holds nodes. Two folders on one file system are one disk. */
export type Disk = DiskMetrics & {
  /** The first of its storages. */
  readonly name: string;
  /** Its folders that hold nodes' folders. */
  readonly storages: readonly string[];
  /** Storages for new nodes; empty for a disk that is not in node_storage. */
  readonly for_new: readonly string[];
  /** Nothing can be written to it. */
  readonly read_only: boolean;
};

/** The shell command that lists the largest files and folders on the disk of a folder, largest last. */
export const largestOn = (folder: string): string =>
  `du -xk "$(df -P '${folder.replaceAll("'", `'\\''`)}' | awk 'END { print $NF }')" | sort -n | tail -n 20`;

/** A disk's past usage and the last deletion for it; kept per disk if there are several. */
export type DiskHistory = {
  readonly samples: readonly Pick<Sample, "taken_at" | "used_hd_percent">[];
  readonly quarters: readonly Pick<Quarter, "began_at" | "used_hd_percent">[];
  readonly deletion: Deletion | undefined;
};
