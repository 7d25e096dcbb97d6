import { lstatSync, readdirSync } from "node:fs";
import { nodePath, type OpenFolder, withFolder, withFolderOf } from "../os/files/node-path.ts";

/** Chunks that a node keeps as files. */
export type ChunkCount = {
  readonly records: number;
  /** Exact for few chunks; otherwise estimated from a sample. */
  readonly bytes: number;
};

/** An unfinished count. */
export type PartialCount = ChunkCount & {
  /** The next folder to count, 0 to 255. */
  readonly next: number;
};

/** Folder of the chunks, from ant-node 0.19 on. */
export const CHUNKS = "chunks";
/** Subfolders, named after the last two hex digits of the chunks in them (ant-node 0.23.1, src/storage/file_store.rs). */
export const CHUNK_FOLDERS = 256;

export const NOTHING_COUNTED: PartialCount = { next: 0, records: 0, bytes: 0 };

const FOLDER = /^[0-9a-f]{2}$/;
const CHUNK = /^[0-9a-f]{64}$/;
/** Folders with up to this many chunks are measured completely; in others one chunk is sampled, 256 per node. */
const FEW = 4;
/** The size of a folder with about fifty thousand chunk names, more than a node has in one. */
const MOST_FOLDER_BYTES = 8 * 1024 * 1024;

/**
 * Counts the chunks in at most `most` folders by name, continuing from `from`, without opening any. `next` is CHUNK_FOLDERS
 * when the count is complete. undefined when a folder cannot be read.
 */
export function countChunks(
  root_dir: string,
  from: PartialCount = NOTHING_COUNTED,
  most = CHUNK_FOLDERS,
): PartialCount | undefined {
  try {
    return withFolderOf(nodePath(root_dir, CHUNKS), (root, name) =>
      withFolder(root.at(name), (chunks) => countFolders(chunks, from, most)),
    );
  } catch {
    return undefined;
  }
}

function countFolders({ at }: OpenFolder, from: PartialCount, most: number): PartialCount {
  const left = readdirSync(at("."))
    .filter((name) => FOLDER.test(name) && Number.parseInt(name, 16) >= from.next)
    .toSorted();
  let { records, bytes } = from;
  for (const name of left.slice(0, most)) {
    const count = withFolder(at(name), (folder) => countIn(folder, name));
    records += count.records;
    bytes += count.bytes;
  }
  const following = left[most];
  const next = following === undefined ? CHUNK_FOLDERS : Number.parseInt(following, 16);
  return { next, records, bytes: Math.round(bytes) };
}

function countIn({ at, stat }: OpenFolder, digits: string): ChunkCount {
  if (stat.size > MOST_FOLDER_BYTES) throw new Error("it holds too many names");
  const chunks = readdirSync(at(".")).filter((name) => name.endsWith(digits) && CHUNK.test(name));
  const measured = chunks.slice(0, chunks.length <= FEW ? FEW : 1).map((name) => sizeOf(at(name)));
  const sizes = measured.filter((size) => size !== undefined);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
  return { records: chunks.length, bytes: mean * chunks.length };
}

/** The size of a chunk; undefined if the node has just deleted it. */
const sizeOf = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.size;

/** The count as stored between runs: next, records and bytes, as in "17 340 348160". */
export const partialCountText = ({ next, records, bytes }: PartialCount): string =>
  `${next} ${records} ${bytes}`;

/** Parses `partialCountText`; any other text starts a new count. */
export function readPartialCount(text: string | undefined): PartialCount {
  const [, next, records, bytes] = /^(\d{1,3}) (\d{1,15}) (\d{1,15})$/.exec(text ?? "") ?? [];
  return next === undefined
    ? NOTHING_COUNTED
    : { next: Number(next), records: Number(records), bytes: Number(bytes) };
}
