import { constants, Database } from "bun:sqlite";
import { type BigIntStats, statSync } from "node:fs";
import { isThere } from "../os/files/presence.ts";
import { isLogEmpty } from "./contents.ts";

/** Longer than any file system's timestamp resolution, so that later writes change the mtime. */
const STILL_MS = 3_000;

/** A database that nobody is writing to. */
export type Standing = {
  /** Opens the file itself, without a lock, reading only the pages needed. */
  open(): Database;
  /** True when nobody has written since. If false, discard what was read. */
  stands(): boolean;
};

/**
 * Prepares reading the database in place; undefined when it was written recently or its log or journal is not empty, in
 * which case only a copy is consistent. For a year of 300 nodes, this takes a thirtieth of the time of a copy.
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
