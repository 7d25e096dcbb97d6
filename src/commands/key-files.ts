import { resolve } from "node:path";
import type { Node } from "../model/node.ts";
import { storageFolders, verifiedStorages } from "../observe/storages.ts";
import { type Files, plainFiles } from "../os/files/node-files.ts";
import { type NodePath, nodePath } from "../os/files/node-path.ts";
import { expandHome } from "../os/paths.ts";
import { nodeAccountFiles } from "../process/contract/accounts.ts";
import { SOFTWARE } from "../software/generations.ts";
import { openStore } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";
import { settingsOf } from "./settings-of.ts";

/** The archive path that the operator gave, made absolute. */
export const archivePath = (path: string, { world }: Context): string =>
  resolve(expandHome(path, world.home));

/** Calls `work` under the lock, with the nodes and their key files. Throws Refused if a storage is another colony's. */
export async function withKeyFiles<T>(
  context: Context,
  work: (nodes: readonly Node[], files: Files) => Promise<T>,
): Promise<T> {
  using _lock = lockOf(context);
  using store = openStore(context.options.paths.database);
  const { config } = settingsOf(context, store);
  const nodes = store.nodes();
  verifiedStorages(store, storageFolders(config.node_storage, nodes));
  return work(nodes, filesOf(context));
}

/** Access to the nodes' files as the account that owns them. */
export const filesOf = ({ world, options }: Context): Files =>
  options.mode === "user" ? plainFiles : nodeAccountFiles(world, options.paths);

/** The path of the node's key file. */
export const keyPath = (node: Node): NodePath => nodePath(node.root_dir, SOFTWARE[node.software].key_file);
