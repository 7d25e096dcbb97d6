/** Where a version of ant-node keeps its chunks (src/storage of 0.18.1, 0.22.0 and 0.23.1). */
export type ChunkStoreKind =
  /** In `chunks.mdb` alone. */
  | "database"
  /** In `chunks/`; what `chunks.mdb` holds is moved there. */
  | "moving"
  /** In `chunks/` alone; `chunks.mdb` is not read. */
  | "files";

/** First version with chunks in files, and the first that cannot read the database. */
const FILES_FROM = 19;
const FILES_ALONE_FROM = 23;

/** The versions that bring a node from one store to the other, for people. */
export const MOVING_VERSIONS = `0.${FILES_FROM}.0 to 0.${FILES_ALONE_FROM - 1}.x`;

/** One of them. */
export const MOVING_VERSION = `0.${FILES_ALONE_FROM - 1}.0`;

/** Where this version keeps its chunks; undefined for a version that is unknown. Pure. */
export function chunkStoreOf(version: string | undefined): ChunkStoreKind | undefined {
  const [, major, minor] = /^(\d{1,9})\.(\d{1,9})\./.exec(version ?? "") ?? [];
  if (major === undefined || minor === undefined) return undefined;
  if (Number(major) > 0 || Number(minor) >= FILES_ALONE_FROM) return "files";
  return Number(minor) >= FILES_FROM ? "moving" : "database";
}
