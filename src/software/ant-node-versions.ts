/** Where a version of ant-node keeps its chunks (src/storage of 0.18.1, 0.22.0 and 0.23.1). */
export type ChunkStoreKind =
  /** In `chunks.mdb` alone. */
  | "database"
  /** In `chunks/`, migrating the contents of `chunks.mdb`. */
  | "moving"
  /** In `chunks/` alone; `chunks.mdb` is not read. */
  | "files";

/** The first minor version with chunks in files, and the first that cannot read the database. */
const FILES_FROM = 19;
const FILES_ALONE_FROM = 23;

/** The versions that migrate between the stores, for messages. */
export const MOVING_VERSIONS = `0.${FILES_FROM}.0 to 0.${FILES_ALONE_FROM - 1}.x`;

/** One of them. */
export const MOVING_VERSION = `0.${FILES_ALONE_FROM - 1}.0`;

/** Where a version keeps its chunks; undefined for an unknown version. Pure. */
export function chunkStoreOf(version: string | undefined): ChunkStoreKind | undefined {
  const [, major, minor] = /^(\d{1,9})\.(\d{1,9})\./.exec(version ?? "") ?? [];
  if (major === undefined || minor === undefined) return undefined;
  if (Number(major) > 0 || Number(minor) >= FILES_ALONE_FROM) return "files";
  return Number(minor) >= FILES_FROM ? "moving" : "database";
}
