import type { Disk, DiskHistory } from "../model/disk.ts";
import type { Deletion } from "../model/history.ts";
import { type Node, storageOf } from "../model/node.ts";
import type { Snapshot } from "./snapshot.ts";

/** The part of a snapshot that differs between disks. */
type Seen = Pick<Snapshot, "disks" | "disk_histories" | "metrics" | "history">;

/** True when nodes are on more than one disk, so one figure cannot stand for all. */
export const hasSeveralDisks = ({ disks }: Pick<Snapshot, "disks">): boolean => disks.length > 1;

/** One view of the snapshot per disk, with only that disk and its measurements. */
export const disksOf = <S extends Seen>(s: S): readonly S[] =>
  hasSeveralDisks(s) ? s.disks.map((disk) => onDisk(s, disk)) : [s];

/** The view of the snapshot for a node, with only its own disk; an unmeasured disk yields no reasons. */
export function diskViewOf<S extends Seen>(s: S, node: Node): S {
  if (!hasSeveralDisks(s)) return s;
  const disk = diskOf(s, node);
  return disk === undefined ? withoutDisk(s) : onDisk(s, disk);
}

/** The disk that holds the node; undefined if its folder is its own disk, or unreachable. */
export const diskOf = (
  { disks }: Pick<Snapshot, "disks">,
  node: Pick<Node, "own_disk" | "root_dir">,
): Disk | undefined =>
  node.own_disk === true ? undefined : disks.find(({ storages }) => storages.includes(storageOf(node)));

/** The nodes on the disks of the snapshot; how full the disks of the others are is unknown. */
export const nodesOnDisk = ({ nodes, disks }: Pick<Snapshot, "nodes" | "disks">): readonly Node[] =>
  nodes.filter((node) => diskOf({ disks }, node) !== undefined);

/** The snapshot without disk figures, for the machine alone. */
export const withoutDisk = <S extends Seen>(s: S): S => ({
  ...s,
  disks: [],
  metrics: { ...s.metrics, ...NO_DISK },
  history: withDisk(s.history, NO_DISK_HISTORY),
});

/** The figures of an unmeasured disk. */
export const NO_DISK = {
  used_hd_percent: undefined,
  hd_of: undefined,
  hd_at: undefined,
  total_hd_bytes: undefined,
  free_hd_bytes: undefined,
} as const;

/** The history of a disk before its first run. */
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

/** Replaces the machine's disk figures in the history by those of one disk. */
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
