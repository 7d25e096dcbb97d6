import { constants, Database } from "bun:sqlite";
import { type BigIntStats, statSync } from "node:fs";
import { isThere } from "../os/files/presence.ts";
import { isLogEmpty } from "./contents.ts";

/** Longer than the tick of any file system's clock: later writes leave another time. */
const STILL_MS = 3_000;

/** The database while nobody writes to it. */
export type Standing = {
  /** Opens the file itself, without a lock and without reading more of it than is asked for. */
  open(): Database;
  /** True when nobody has written since; else nothing that was read may be used. */
  stands(): boolean;
};

/**
 * The database at this path, to read where it lies; undefined when somebody wrote lately, or left something in its log or
 * journal: then only a copy shows one moment. A year of 300 nodes opens in a thirtieth of the time of a copy.
 */
export function standing(path: string): Standing | undefined {
  const before = mark(path);
  const quiet_ms = before === undefined ? 0 : Date.now() - Number(before.mtimeMs);
  if (before === undefined || quiet_ms < STILL_MS) return undefined;
  if (isThere(`${path}-journal`) || isThere(`${path}-shm`) || !isLogEmpty(path)) return undefined;
  return {
    open: () => {
      const { href } = process.getBuiltinModule("node:url").pathToFileURL(path);
      return new Database(`${href}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
    },
    stands: () => {
      const after = mark(path);
      return after !== undefined && FIELDS.every((field) => after[field] === before[field]);
    },
  };
}

const FIELDS = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;

const mark = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });
