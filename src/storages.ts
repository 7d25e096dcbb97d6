import { statSync } from "node:fs";
import { dirname } from "node:path";
import { Refused } from "./errors.ts";
import type { Node } from "./model/node.ts";
import { elevation, NODE_ACCOUNT } from "./os/elevation.ts";
import { exists } from "./os/files.ts";
import { markStorage, markStorageAsRoot, storageId, storageProblem } from "./os/storage.ts";
import type { Store } from "./store/store.ts";
import type { World } from "./world.ts";

/**
 * The folders that hold nodes, each proved to be there and ours. Throws Refused otherwise: then no node may be
 * created, removed or called dead. `coming` are folders that the next working run takes on.
 */
export function verifiedStorages(
  store: Pick<Store, "storages">,
  nodes: readonly Node[],
  node_storage: string,
  coming: readonly string[] = [],
): readonly string[] {
  const known = new Map(store.storages().map(({ path, id }) => [path, id]));
  const folders = [...new Set([node_storage, ...nodes.map((node) => dirname(node.root_dir))])];
  const problems = folders.flatMap((folder) => {
    if (coming.includes(folder)) return [];
    const id = known.get(folder);
    if (id !== undefined) return storageProblem(folder, id) ?? [];
    return exists(folder)
      ? [`${folder} is not known as a storage of this colony, and none of the nodes that should be there is`]
      : [`${folder} is not there; make it, and the next run takes it on`];
  });
  if (problems.length > 0) {
    throw new Refused(
      `Nothing is done, because the storage is not as the colony left it: ${problems.join("; ")}`,
    );
  }
  return folders;
}

/** Folders of nodes that the colony does not know yet and that are there: Python wnm's, which had no markers, or newly set ones. */
export function adoptable(
  store: Pick<Store, "storages">,
  nodes: readonly Node[],
  node_storage: string,
): readonly string[] {
  const known = new Set(store.storages().map(({ path }) => path));
  return [...new Set([node_storage, ...nodes.map((node) => dirname(node.root_dir))])].filter((folder) => {
    if (known.has(folder) || !exists(folder)) return false;
    const residents = nodes.filter((node) => dirname(node.root_dir) === folder);
    // A folder without any of its nodes is what an unmounted disk leaves behind.
    return residents.length === 0 || residents.some((node) => exists(node.root_dir));
  });
}

/** Takes on storage that the colony does not know yet. */
export async function adoptStorages(
  store: Pick<Store, "storages" | "save">,
  nodes: readonly Node[],
  node_storage: string,
  world: World,
): Promise<void> {
  for (const path of adoptable(store, nodes, node_storage)) {
    store.save({ storage: { path, id: await identify(path, world) } });
  }
}

/** The identity that the folder carries from now on; a marker that is there keeps it. */
export async function identify(folder: string, world: World): Promise<string> {
  const known = storageId(folder);
  if (known !== undefined) return known;
  const id = crypto.randomUUID();
  if (world.uid === 0 || statSync(folder).uid === world.uid) markStorage(folder, id);
  else await markStorageAsRoot(folder, id, world.run, elevation(world.uid, NODE_ACCOUNT).asRoot);
  return id;
}
