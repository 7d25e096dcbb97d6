import type { DiskMetrics } from "../model/disk.ts";
import { growthSeen, roomBelowRemove } from "./disk-growth.ts";
import { disksOf, nodesOnDisk } from "./disks.ts";
import type { Snapshot } from "./snapshot.ts";

/** A disk's figures for reports. */
export type DiskFigures = DiskMetrics & {
  /** Its first storage. */
  readonly disk: string;
  readonly storages: readonly string[];
  readonly read_only: boolean;
  readonly nodes: number;
  /** Growth over the last day; undefined with too little history. */
  readonly growth_bytes_per_day: number | undefined;
  /** Days until it reaches hd_remove at this rate; undefined: it does not grow, or was not measured. */
  readonly days_until_full: number | undefined;
};

/** The figures of each reachable disk. */
export const diskFigures = (
  s: Pick<Snapshot, "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes" | "now">,
): readonly DiskFigures[] =>
  disksOf(s).flatMap((view): readonly DiskFigures[] => {
    const [disk] = view.disks;
    if (disk === undefined) return [];
    const { name, storages, read_only, used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes } = disk;
    const [growth, room] = [growthSeen(view), roomBelowRemove(view)];
    return [
      {
        ...{ disk: name, storages, read_only, nodes: nodesOnDisk(view).length },
        ...{ used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes },
        growth_bytes_per_day: growth === undefined ? undefined : Math.round(growth),
        days_until_full:
          room === undefined || growth === undefined || growth <= 0 ? undefined : room / growth,
      },
    ];
  });
