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

/** The folders that hold nodes or are to hold new ones, those of node_storage first. */
export const storageFolders = (
  node_storage: readonly string[],
  nodes: readonly Node[],
): readonly string[] => [...new Set([...node_storage, ...nodes.map(storageOf)])];

/**
 * The folders, each proved to be there and to belong to this colony. Throws Refused otherwise: then no node may be
 * created, removed or called dead. `coming` are folders that the next working run adopts.
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

/** The refusal of a run that can use no storage. */
export const mismatch = (problems: ReadonlyMap<string, string>, cure: string | undefined): Refused =>
  new Refused(
    `Nothing is done, because the storage does not match this colony: ${[...problems.values()].join("; ")}`,
    cure,
  );

/** Why folders must not be touched: each that is not there, or is not proved to belong to this colony. */
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

/** Existing folders of nodes that the colony does not know yet: Python wnm's, which had no markers, or newly set ones. */
export function adoptable(
  store: Pick<Store, "storages">,
  nodes: readonly Node[],
  folders: readonly string[],
): readonly string[] {
  const known = new Set(store.storages().map(({ path }) => path));
  return folders.filter((folder) => {
    if (known.has(folder) || presenceOf(folder) !== "present") return false;
    const residents = nodes.filter((node) => storageOf(node) === folder);
    // A folder without any of its nodes is what an unmounted disk leaves behind.
    return residents.length === 0 || residents.some((node) => presenceOf(node.root_dir) === "present");
  });
}

/** Adopts new storages. Returns those that could not be marked, and why. Throws Refused where no other folder is left. */
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
  // A marker that cannot be read is not overwritten: it may be another colony's, or this one's.
  if (isThere(`${folder}/${MARKER}`))
    throw new Refused(`${folder}/${MARKER} is there and cannot be read; repair it, or remove it`);
  const id = crypto.randomUUID();
  if (world.uid === 0 || ownerOfFile(folder) === world.uid) markStorage(folder, id);
  else await markStorageAsRoot(folder, id, world.run, elevation(world.uid, NODE_ACCOUNT).asRoot);
  return id;
}
