import type { Disk, DiskHistory } from "../model/disk.ts";
import type { Deletion } from "../model/history.ts";
import { type Node, storageOf } from "../model/node.ts";
import type { Snapshot } from "./snapshot.ts";

/** What differs from disk to disk. */
type Seen = Pick<Snapshot, "disks" | "disk_histories" | "metrics" | "history">;

/** True where one figure does not stand for all disks. */
export const hasSeveralDisks = ({ disks }: Pick<Snapshot, "disks">): boolean => disks.length > 1;

/** The snapshot once for each disk, each with that disk alone and what was measured of it. */
export const disksOf = <S extends Seen>(s: S): readonly S[] =>
  hasSeveralDisks(s) ? s.disks.map((disk) => onDisk(s, disk)) : [s];

/** The snapshot as the node sees it: with its own disk alone; one that is not measured gives no reason for anything. */
export function diskViewOf<S extends Seen>(s: S, node: Node): S {
  if (!hasSeveralDisks(s)) return s;
  const disk = diskOf(s, node);
  return disk === undefined ? withoutDisk(s) : onDisk(s, disk);
}

/** The disk that the node lies on; undefined where its folder is a disk of its own, or out of reach. */
export const diskOf = (
  { disks }: Pick<Snapshot, "disks">,
  node: Pick<Node, "own_disk" | "root_dir">,
): Disk | undefined =>
  node.own_disk === true ? undefined : disks.find(({ storages }) => storages.includes(storageOf(node)));

/** The nodes that lie on the disks of the snapshot; of the others it is unknown how full theirs is. */
export const nodesOnDisk = ({ nodes, disks }: Pick<Snapshot, "nodes" | "disks">): readonly Node[] =>
  nodes.filter((node) => diskOf({ disks }, node) !== undefined);

/** The snapshot without any disk: of the machine alone. */
export const withoutDisk = <S extends Seen>(s: S): S => ({
  ...s,
  disks: [],
  metrics: { ...s.metrics, ...NO_DISK },
  history: withDisk(s.history, NO_DISK_HISTORY),
});

/** The figures of a disk that is not measured. */
export const NO_DISK = {
  used_hd_percent: undefined,
  hd_of: undefined,
  hd_at: undefined,
  total_hd_bytes: undefined,
  free_hd_bytes: undefined,
} as const;

/** The history of a disk that no run has seen. */
export const NO_DISK_HISTORY: DiskHistory = { samples: [], quarters: [], deletion: undefined };

function onDisk<S extends Seen>(s: S, disk: Disk): S {
  const { name: hd_at, used_hd_percent, hd_of, total_hd_bytes, free_hd_bytes } = disk;
  return {
    ...s,
    disks: [disk],
    metrics: { ...s.metrics, used_hd_percent, hd_of, hd_at, total_hd_bytes, free_hd_bytes },
    history: withDisk(s.history, s.disk_histories.get(disk.name) ?? NO_DISK_HISTORY),
  };
}

/** The history with the figures of one disk in place of the machine's. */
function withDisk(history: Snapshot["history"], disk: DiskHistory): Snapshot["history"] {
  const samples = new Map(disk.samples.map((one) => [one.taken_at, one.used_hd_percent]));
  const quarters = new Map(disk.quarters.map((one) => [one.began_at, one.used_hd_percent]));
  return {
    ...history,
    samples: history.samples.map((one) => ({ ...one, used_hd_percent: samples.get(one.taken_at) })),
    quarters: history.quarters.map((one) => ({ ...one, used_hd_percent: quarters.get(one.began_at) })),
    deletion: disk.deletion,
  };
}

/** The histories of all disks after a deletion on one of them. */
export const withDeletion = (
  histories: Snapshot["disk_histories"],
  disk: string,
  deletion: Deletion,
): Snapshot["disk_histories"] =>
  new Map([...histories, [disk, { ...(histories.get(disk) ?? NO_DISK_HISTORY), deletion }]]);
