import { NO_DISK_HISTORY } from "../decide/disks.ts";
import { historyAfterClockJump, withSample } from "../decide/history.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { Disk, DiskHistory } from "../model/disk.ts";
import { NO_HISTORY } from "../model/history.ts";
import type { HostMetrics } from "../model/host.ts";
import type { Seconds } from "../model/node.ts";
import type { Store } from "../store/colony.ts";

/** Adds the current measurements to the disks' histories; empty with a single disk, whose history is the machine's. */
export function withDiskSamples(
  store: Pick<Store, "diskHistories">,
  disks: readonly Disk[],
  now: Seconds,
  jump: Seconds,
): Snapshot["disk_histories"] {
  if (disks.length < 2) return new Map();
  const known = store.diskHistories();
  return new Map(
    disks.map(({ name, used_hd_percent }) => {
      const before = { ...NO_HISTORY, ...(known.get(name) ?? NO_DISK_HISTORY) } as typeof NO_HISTORY;
      const sample = { used_hd_percent } as HostMetrics;
      const { samples, quarters, deletion } = withSample(historyAfterClockJump(before, jump), sample, 0, now);
      return [name, { samples, quarters, deletion } satisfies DiskHistory] as const;
    }),
  );
}
