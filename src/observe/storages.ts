import { failureOf, Refused, WnmError } from "../base/errors.ts";
import { type Node, storageOf } from "../model/node.ts";
import { elevation, NODE_ACCOUNT } from "../os/elevation.ts";
import { isThere, ownerOfFile, presenceOf } from "../os/files/presence.ts";
import {
  MARKER,
  markStorage,
  markStorageAsRoot,
  storageId,
  storageProblem,
} from "../os/files/storage-marker.ts";
import type { World } from "../os/world.ts";
import type { Store } from "../store/colony.ts";
import { cureOfLost } from "./lost-storage.ts";

/** The folders for existing and new nodes, those of node_storage first. */
export const storageFolders = (
  node_storage: readonly string[],
  nodes: readonly Node[],
): readonly string[] => [...new Set([...node_storage, ...nodes.map(storageOf)])];

/**
 * Verifies that each folder exists and belongs to this colony. Throws Refused otherwise, because then no node may be
 * created, removed or declared dead. `coming`: folders that the next run will adopt.
 */
export function verifiedStorages(
  store: Pick<Store, "storages" | "nodes">,
  folders: readonly string[],
  coming: readonly string[] = [],
): readonly string[] {
  const problems = storageProblems(store, folders, coming);
  if (problems.size > 0) throw mismatch(problems, cureOfLost(store, problems));
  return folders;
}

/** The refusal of a run without a usable storage. */
export const mismatch = (problems: ReadonlyMap<string, string>, cure: string | undefined): Refused =>
  new Refused(
    `Nothing is done, because the storage does not match this colony: ${[...problems.values()].join("; ")}`,
    cure,
  );

/** The reason for each folder that must not be touched, because it is missing or not proved to be this colony's. */
export function storageProblems(
  store: Pick<Store, "storages">,
  folders: readonly string[],
  coming: readonly string[],
): ReadonlyMap<string, string> {
  const known = new Map(store.storages().map(({ path, id }) => [path, id]));
  const problemOf = (folder: string): string | undefined => {
    if (coming.includes(folder)) return undefined;
    if (known.has(folder)) return storageProblem(folder, known);
    const presence = presenceOf(folder);
    if (presence === "absent") return `${folder} is not there; create it, and the next run adopts it`;
    if (presence !== "present") return `${folder} cannot be read (${presence.unknown})`;
    return `${folder} is not known as a storage of this colony, and none of the nodes that should be there is`;
  };
  return new Map(
    folders.flatMap((folder) => {
      const problem = problemOf(folder);
      return problem === undefined ? [] : [[folder, problem] as const];
    }),
  );
}

/** Existing folders not yet known as storages: Python wnm's, which had no markers, or newly configured ones. */
export function adoptable(
  store: Pick<Store, "storages">,
  nodes: readonly Node[],
  folders: readonly string[],
): readonly string[] {
  const known = new Set(store.storages().map(({ path }) => path));
  return folders.filter((folder) => {
    if (known.has(folder) || presenceOf(folder) !== "present") return false;
    const residents = nodes.filter((node) => storageOf(node) === folder);
    // If none of its nodes is there, it may be the empty mount point of an unmounted disk.
    return residents.length === 0 || residents.some((node) => presenceOf(node.root_dir) === "present");
  });
}

/** Adopts new storages. Returns those that could not be marked, with the reason. Throws Refused if no other is left. */
export async function adoptStorages(
  store: Pick<Store, "storages" | "save">,
  nodes: readonly Node[],
  folders: readonly string[],
  world: World,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  for (const path of adoptable(store, nodes, folders)) {
    const id = await failureOf(() => identify(path, world));
    if (!(id instanceof WnmError)) store.save({ storage: { path, id } });
    else if (folders.length === failed.size + 1) throw id;
    else failed.set(path, id.message);
  }
  return failed;
}

/** Marks the folder as a storage and returns its id; an existing marker keeps its id. Throws Refused. */
export async function identify(folder: string, world: World): Promise<string> {
  const known = storageId(folder);
  if (known !== undefined) return known;
  // An unreadable marker is not overwritten, because it may be another colony's.
  if (isThere(`${folder}/${MARKER}`))
    throw new Refused(`${folder}/${MARKER} is there and cannot be read; repair it, or remove it`);
  const id = crypto.randomUUID();
  if (world.uid === 0 || ownerOfFile(folder) === world.uid) markStorage(folder, id);
  else await markStorageAsRoot(folder, id, world.run, elevation(world.uid, NODE_ACCOUNT).asRoot);
  return id;
}
