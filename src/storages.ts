import { dirname } from "node:path";
import { Refused } from "./errors.ts";
import type { Node } from "./model/node.ts";
import { exists } from "./os/files.ts";
import { markStorage, storageId, storageProblem } from "./os/storage.ts";
import type { Store } from "./store/store.ts";

/**
 * The folders that hold nodes, each proved to be there and ours. Throws Refused otherwise: then no node may be
 * created, removed or called dead.
 */
export function verifiedStorages(
  store: Pick<Store, "storages">,
  nodes: readonly Node[],
  node_storage: string,
): readonly string[] {
  const known = new Map(store.storages().map(({ path, id }) => [path, id]));
  const folders = [...new Set([node_storage, ...nodes.map((node) => dirname(node.root_dir))])];
  const problems = folders.flatMap((folder) => {
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

/** Takes on storage that the colony does not know yet: of Python wnm, which had no markers, or a folder newly set. */
export function adoptStorages(
  store: Pick<Store, "storages" | "save">,
  nodes: readonly Node[],
  node_storage: string,
): void {
  const known = new Set(store.storages().map(({ path }) => path));
  for (const folder of new Set([node_storage, ...nodes.map((node) => dirname(node.root_dir))])) {
    if (known.has(folder) || !exists(folder)) continue;
    const residents = nodes.filter((node) => dirname(node.root_dir) === folder);
    // A folder without any of its nodes is what an unmounted disk leaves behind.
    if (residents.length > 0 && !residents.some((node) => exists(node.root_dir))) continue;
    const id = storageId(folder) ?? crypto.randomUUID();
    markStorage(folder, id);
    store.save({ storage: { path: folder, id } });
  }
}
