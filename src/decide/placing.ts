import type { Disk } from "../model/disk.ts";
import { storageOf } from "../model/node.ts";
import { growthInWeek, roomBelowRemove, weekOfAnother } from "./disk-growth.ts";
import { disksOf, hasSeveralDisks, nodesOnDisk } from "./disks.ts";
import type { Snapshot } from "./snapshot.ts";

/** A disk that accepts new nodes, with the figures for placement. */
type Place = {
  readonly disk: Disk;
  /** Bytes available to all its nodes together; undefined: not measured. */
  readonly bytes: number | undefined;
  /** Bytes left for further nodes after a week's growth. */
  readonly room: number | undefined;
  /** Bytes that each new node is expected to use. */
  readonly another: number;
  readonly nodes: number;
};

/** True when there is more than one storage to choose from. */
const isChoice = ({ config, disks }: Pick<Snapshot, "config" | "disks">): boolean =>
  config.node_storage.length > 1 || hasSeveralDisks({ disks });

/**
 * Chooses storages for new nodes one by one, each on the disk where nodes would then have the largest share of the space,
 * so nodes spread in proportion to disk sizes. `fits`: whether a disk accepts nodes. Returns fewer when space runs out,
 * undefined when there is no choice. Pure.
 */
export function storagesForNew(
  s: Snapshot,
  wanted: number,
  fits: (view: Snapshot) => boolean,
): readonly (string | undefined)[] {
  if (!isChoice(s)) return Array.from({ length: wanted }, () => undefined);
  const counts = new Map<string, number>();
  for (const node of s.nodes) counts.set(storageOf(node), (counts.get(storageOf(node)) ?? 0) + 1);
  let places = disksOf(s)
    .filter(({ disks: [disk] }) => disk !== undefined && disk.for_new.length > 0 && !disk.read_only)
    .filter(fits)
    .flatMap((view) => placeOf(view) ?? []);
  const chosen: string[] = [];
  while (chosen.length < wanted) {
    const best = places
      // The first node goes wherever `fits` allows, whatever the expected growth.
      .filter(({ room, another }) => chosen.length === 0 || room === undefined || room >= another)
      .toSorted((a, b) => share(b) - share(a))[0];
    if (best === undefined) break;
    const storage = fewest(best.disk.for_new, counts);
    chosen.push(storage);
    counts.set(storage, (counts.get(storage) ?? 0) + 1);
    places = places.map((place) => (place === best ? withOneMore(place) : place));
  }
  return chosen;
}

function placeOf(view: Snapshot): Place | undefined {
  const [disk] = view.disks;
  if (disk === undefined) return undefined;
  const below = roomBelowRemove(view);
  const nodes = nodesOnDisk(view).filter(({ status }) => status !== "REMOVING" && status !== "DEAD");
  const held = nodes.reduce((sum, { data_bytes = 0 }) => sum + data_bytes, 0);
  return {
    disk,
    bytes: below === undefined ? undefined : below + held,
    room: below === undefined ? undefined : below - growthInWeek(view),
    another: weekOfAnother(view),
    nodes: nodes.length,
  };
}

/** The share of each node on the disk if there is one more. */
const share = ({ bytes = 0, nodes }: Place): number => (bytes + 1) / (nodes + 1);

const withOneMore = (place: Place): Place => ({
  ...place,
  nodes: place.nodes + 1,
  room: place.room === undefined ? undefined : place.room - place.another,
});

/** The folder with the fewest nodes; the first of equal ones. */
const fewest = (folders: readonly string[], counts: ReadonlyMap<string, number>): string =>
  folders.toSorted((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))[0] ?? "";
