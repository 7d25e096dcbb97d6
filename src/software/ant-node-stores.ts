import { typedWord } from "../base/shell-word.ts";
import type { Finding } from "../model/finding.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { namesOfNode, nodePath, withNodeFile } from "../os/files/node-path.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import { CHUNKS, type ChunkCount, countChunks } from "./ant-node-chunks.ts";
import { chunkStoreOf, MOVING_VERSION, MOVING_VERSIONS } from "./ant-node-versions.ts";
import { readLmdb } from "./lmdb-header.ts";

/** A chunk database not marked as migrated. */
type Database = {
  readonly path: string;
  /** undefined: they cannot be read. */
  readonly entries: number | undefined;
  readonly bytes: number | undefined;
};

/** The chunk stores, old and new, in a node's folder. */
export type ChunkStores = {
  /** Chunks are kept as files. */
  readonly files: boolean;
  /** `chunks.mdb`, and names left by an interrupted migration. */
  readonly databases: readonly Database[];
};

const DATABASE = "chunks.mdb";
/** Names of the database during and after the migration (ant-node 0.23.1, src/storage/legacy_artifacts.rs). */
const DATABASES = /^chunks\.mdb(?:\.retired(?:\.\d{1,2})?)?$/;
const MOVED_MARK = "RETIRED";

/** The stores among the names in the node's folder. */
export const chunkStoresIn = (root_dir: string, names: readonly string[]): ChunkStores => ({
  files: names.includes(CHUNKS),
  databases: names.filter((name) => DATABASES.test(name)).flatMap((name) => databaseIn(root_dir, name)),
});

function namesIn(root_dir: string): readonly string[] | undefined {
  try {
    return namesOfNode(root_dir);
  } catch {
    return undefined;
  }
}

function databaseIn(root_dir: string, name: string): readonly Database[] {
  if (isMoved(root_dir, name)) return [];
  const header = readLmdb(nodePath(root_dir, `${name}/data.mdb`));
  const path = `${root_dir}/${name}`;
  // Without its file it has no data; ant-node removes an empty folder itself.
  if (header === undefined && presenceOf(`${path}/data.mdb`) === "absent") return [];
  return [{ path, entries: header?.entries, bytes: header?.used_bytes }];
}

/** True when the marker shows that every chunk was copied into files. */
function isMoved(root_dir: string, name: string): boolean {
  try {
    return withNodeFile(nodePath(root_dir, `${name}/${MOVED_MARK}`), () => true);
  } catch {
    return false;
  }
}

/** A node's chunks, and the bytes of chunks and paid list; undefined if unreadable. */
export type Held = { readonly records: number | undefined; readonly data_bytes: number | undefined };

/** Whether a node of that version keeps its chunks as files. */
export const readsFiles = ({ files }: ChunkStores, version: string | undefined): boolean => {
  const kind = chunkStoreOf(version);
  return kind === undefined ? files : kind !== "database" && files;
};

/** The node's data by a complete count of its files. During the migration, the rest is still in the database. */
export function heldInFiles(
  root_dir: string,
  count: ChunkCount,
  { databases }: ChunkStores,
  version: string | undefined,
): Held {
  const moving = chunkStoreOf(version) === "moving" ? databases : [];
  return {
    records: Math.max(count.records, ...moving.map(({ entries }) => entries ?? 0)),
    data_bytes: moving.reduce((sum, { bytes }) => sum + (bytes ?? 0), count.bytes + paidBytes(root_dir)),
  };
}

/** The node's data according to the database header. */
export function heldInDatabase(root_dir: string, { databases }: ChunkStores): Held {
  const chunks = databases.find(({ path }) => path.endsWith(`/${DATABASE}`));
  return {
    records: chunks?.entries,
    data_bytes: chunks?.bytes === undefined ? undefined : chunks.bytes + paidBytes(root_dir),
  };
}

const paidBytes = (root_dir: string): number =>
  readLmdb(nodePath(root_dir, "paid_list.mdb/data.mdb"))?.used_bytes ?? 0;

/** Stores that this version of the node does not read, so their chunks are unavailable until the operator acts. */
export function unreadStores(
  node: Pick<Node, "id" | "root_dir">,
  { files, databases }: ChunkStores,
  version: string | undefined,
): readonly Finding[] {
  const label = nodeLabel(node);
  switch (chunkStoreOf(version)) {
    case "files":
      return databases.map(({ path, entries, bytes }) => ({
        key: "unread-chunk-store",
        subject: path,
        severity: entries === 0 ? "warning" : "bad",
        sentence: `${label} runs ant-node ${version}, which does not read ${path}: ${held({ records: entries, bytes })} are not served${entries === 0 ? "" : `. To move them, stop the node, run ant-node ${MOVING_VERSIONS} on its folder until it has done so, and start the node again; the command only puts them aside`}`,
        cure:
          entries === 0 ? `rm -r ${typedWord(path)}` : `mv ${typedWord(path)} ${typedWord(`${path}.unread`)}`,
        node: node.id,
      }));
    case "database":
      return files ? unreadFiles(node, version) : [];
    default:
      return [];
  }
}

function unreadFiles(node: Pick<Node, "id" | "root_dir">, version: string | undefined): readonly Finding[] {
  const path = `${node.root_dir}/${CHUNKS}`;
  const count = countChunks(node.root_dir);
  if (count?.records === 0) return [];
  return [
    {
      key: "unread-chunk-store",
      severity: "bad",
      sentence: `${nodeLabel(node)} runs ant-node ${version}, which does not read ${path}: ${held(count)} are not served`,
      cure: `wnm --get_node ${MOVING_VERSION} && wnm --force_action upgrade --service_name ${nodeLabel(node)}`,
      node: node.id,
    },
  ];
}

/** "5 chunks in 5120 bytes". */
const held = (store: { readonly records?: number | undefined; readonly bytes?: number | undefined } = {}) =>
  `${store.records ?? "an unknown number of"} chunks in ${store.bytes ?? "an unknown number of"} bytes`;

/** Why a node cannot be upgraded to this version with the data in its folder; undefined when it can. */
export function whyNotBecome(node: Pick<Node, "id" | "root_dir">, version: string): string | undefined {
  const kind = chunkStoreOf(version);
  if (kind === undefined || kind === "moving") return undefined;
  const label = nodeLabel(node);
  if (kind === "database") {
    const files = presenceOf(`${node.root_dir}/${CHUNKS}`);
    if (files === "absent") return undefined;
    const seen = isUnknown(files) ? `cannot be accessed (${files.unknown})` : "holds its chunks";
    return `${label} cannot become ${version}: ${node.root_dir}/${CHUNKS} ${seen}, and versions before 0.19.0 do not read it; use ant-node 0.19.0 or newer`;
  }
  const names = namesIn(node.root_dir);
  if (names === undefined)
    return `${label} cannot become ${version}: its folder ${node.root_dir} cannot be listed, so it is unknown where its chunks are`;
  const unmoved = chunkStoresIn(node.root_dir, names).databases.find(({ entries }) => entries !== 0);
  return unmoved === undefined
    ? undefined
    : `${label} cannot become ${version} yet: ${unmoved.path} holds ${unmoved.entries ?? "an unknown number of"} chunks, and ${version} does not read it; ant-node ${MOVING_VERSIONS} must come between, and run until it has moved the chunks into files`;
}
